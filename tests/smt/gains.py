"""Puts changed policies, and what stc-check says others gain by them, to the SMT solver Z3.

Each line of the file has a policy before and after, and an answer: nothing is gained, or a request that shows what. Policies are
read here from the IAM User Guide alone (reference_policies_elements_principal, ..._elements_condition_operators,
..._evaluation-logic), with nothing of stc-check's. Where it says that nothing is gained, the solver must find no request of
anybody but Sailthru that the changed policy allows and the old one does not. A request that it shows must be one.

Usage: gains.py FILE [LEAST], with the least number of different policies that the file must hold.
"""

import datetime
import functools
import ipaddress
import json
import multiprocessing
import sys

import z3

VENDOR = "arn:aws:iam::099647660399:role/sc-event-stream-production"
BUCKET = "arn:aws:s3:::acme-exports"
ON_OBJECTS = ["GetObject", "PutObject", "DeleteObject", "PutObjectAcl", "GetObjectTagging", "AbortMultipartUpload",
              "GetObjectVersion", "RestoreObject", "ListMultipartUploadParts"]
ON_THE_BUCKET = ["ListBucket", "PutBucketPolicy", "GetBucketPolicy", "ListBucketVersions", "DeleteBucket",
                 "PutLifecycleConfiguration", "GetEncryptionConfiguration", "PutBucketAcl"]
ACTIONS = [(f"s3:{name}", False) for name in ON_OBJECTS] + [(f"s3:{name}", True) for name in ON_THE_BUCKET]

ANY_CHARACTER = z3.AllChar(z3.ReSort(z3.StringSort()))
ANYTHING = z3.Star(ANY_CHARACTER)
DIGITS = z3.Loop(z3.Range("0", "9"), 12, 12)
NO_COLON = z3.Star(z3.Intersect(ANY_CHARACTER, z3.Complement(z3.Re(":"))))
# Letters, and from the plus sign to the nine: + , - . / and digits.
NAME = z3.Plus(z3.Union(z3.Range("a", "z"), z3.Range("@", "Z"), z3.Range("+", "9"), z3.Re("="), z3.Re("_")))
SIGNED = z3.Concat(z3.Re("arn:aws:iam::"), DIGITS, z3.Re(":"),
                   z3.Union(z3.Re("root"), z3.Concat(z3.Union(z3.Re("role/"), z3.Re("user/")), NAME)))


def listed(value):
    return value if isinstance(value, list) else [value]


@functools.cache
def regex(pattern, star=ANYTHING, one=ANY_CHARACTER, wild=True, ignore_case=False):
    """The regular expression of a pattern."""
    parts, plain = [], ""
    for character in pattern:
        special = None
        if wild and character in "*?":
            special = star if character == "*" else one
        elif ignore_case and character.lower() != character.upper():
            special = z3.Union(z3.Re(character.lower()), z3.Re(character.upper()))
        if special is None:
            plain += character
            continue
        parts += [z3.Re(plain), special] if plain else [special]
        plain = ""
    if plain or not parts:
        parts.append(z3.Re(plain))
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


@functools.cache
def matches(pattern, text):
    """Whether a wildcard pattern matches a text that is known."""
    states = {0}
    for character in text:
        after = set()
        for state in closed(pattern, states):
            if state < len(pattern):
                if pattern[state] == "*":
                    after.add(state)
                elif pattern[state] in ("?", character):
                    after.add(state + 1)
        states = after
    return len(pattern) in closed(pattern, states)


def closed(pattern, states):
    reached = set(states)
    for state in sorted(states):
        while state < len(pattern) and pattern[state] == "*":
            state += 1
            reached.add(state)
    return reached


class Request:
    """A request of which nothing is known."""

    def __init__(self):
        self.anonymous = z3.Bool("anonymous")
        self.arn = z3.String("arn")
        self.action = z3.Int("action")
        self.of_bucket = z3.Bool("of_bucket")
        self.key = z3.String("key")
        self.present = {}
        self.values = {}
        self.ipv6 = z3.Bool("ipv6")
        self.address4 = z3.BitVec("address4", 32)
        self.address6 = z3.BitVec("address6", 128)
        self.actions = list(ACTIONS)

    def is_one(self):
        """What is true of every request."""
        kinds = [z3.And(self.action == at, self.of_bucket == bucket) for at, (_, bucket) in enumerate(self.actions)]
        return [z3.Or(self.anonymous, z3.InRe(self.arn, SIGNED)), z3.Or(*kinds), z3.Length(self.key) > 0]

    def there(self, name):
        """Whether the request has a condition key."""
        if name == "aws:PrincipalArn":
            return z3.Not(self.anonymous)
        if name == "aws:PrincipalAccount":
            return z3.BoolVal(True)
        there = self.present.setdefault(name, z3.Bool(f"has {name}"))
        # Who does not sign is in no organization, and has no tags.
        return z3.And(there, z3.Not(self.anonymous)) if name.startswith(("aws:PrincipalOrg", "aws:PrincipalTag")) else there

    def value(self, name, make):
        return self.values.setdefault(name, make(f"value of {name}"))


def principal(request, element):
    if element == "*":
        return z3.BoolVal(True)
    found = []
    for kind, names in element.items():
        if kind != "AWS":
            raise ValueError(f"a principal of the kind {kind}")
        for name in listed(names):
            if name == "*":
                return z3.BoolVal(True)
            account = name if name.isdigit() else name.split(":")[4] if name.endswith(":root") else None
            if account is not None and len(account) == 12:
                found.append(z3.And(z3.Not(request.anonymous),
                                    z3.PrefixOf(z3.StringVal(f"arn:aws:iam::{account}:"), request.arn)))
            else:
                found.append(z3.And(z3.Not(request.anonymous), request.arn == z3.StringVal(name)))
    return z3.Or(*found)


def action(request, patterns):
    fits = [at for at, (name, _) in enumerate(request.actions)
            if any(matches(pattern.lower(), name.lower()) for pattern in listed(patterns))]
    return z3.Or(*[request.action == at for at in fits])


def resource(request, patterns):
    found = []
    for pattern in listed(patterns):
        if matches(pattern, BUCKET):
            found.append(request.of_bucket)
        # What is left of the pattern for the key, once the name of the bucket and a slash are matched.
        ends = {0}
        for character in f"{BUCKET}/":
            ends = {to for at in closed(pattern, ends) if at < len(pattern)
                    for to in ([at] if pattern[at] == "*" else [at + 1] if pattern[at] in ("?", character) else [])}
        for end in sorted(ends):
            found.append(z3.And(z3.Not(request.of_bucket), z3.InRe(request.key, regex(pattern[end:]))))
    return z3.Or(*found)


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def order(operator, value, wanted):
    kinds = {"Equals": value == wanted, "NotEquals": value != wanted, "LessThan": value < wanted,
             "LessThanEquals": value <= wanted, "GreaterThan": value > wanted, "GreaterThanEquals": value >= wanted}
    return kinds[operator]


@functools.cache
def arn_regex(pattern):
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return None
    divided = [regex(part, star=NO_COLON) for part in parts[:5]] + [regex(parts[5])]
    joined = [divided[0]]
    for part in divided[1:]:
        joined += [z3.Re(":"), part]
    return z3.Concat(*joined)


def text(request, name, operator, wanted):
    """A text against one value, by the positive operator."""
    wild, ignore_case = operator.endswith("Like"), operator.endswith("IgnoreCase")
    if name == "aws:PrincipalAccount":
        same = matches(wanted, "anonymous") if wild else wanted == "anonymous"
        pattern = z3.Concat(z3.Re("arn:aws:iam::"), z3.Intersect(DIGITS, regex(wanted, wild=wild)), z3.Re(":"), ANYTHING)
        return z3.If(request.anonymous, z3.BoolVal(same), z3.InRe(request.arn, pattern))
    value = request.arn if name == "aws:PrincipalArn" else request.value(name, z3.String)
    if not wild and not ignore_case:
        return value == z3.StringVal(wanted)
    return z3.InRe(value, regex(wanted, wild=wild, ignore_case=ignore_case))


def compare(request, name, operator, wanted):
    """One value of the request against one of the policy, by an operator without its negation."""
    if operator == "Bool":
        value = request.value(name, z3.Bool)
        return value if wanted.lower() == "true" else z3.Not(value)
    if operator == "IpAddress":
        network = ipaddress.ip_network(wanted)
        size, address = (32, request.address4) if network.version == 4 else (128, request.address6)
        fits = z3.BoolVal(True)
        if network.prefixlen > 0:
            low = size - network.prefixlen
            fits = z3.Extract(size - 1, low, address) == (int(network.network_address) >> low)
        return z3.And(request.ipv6 == (network.version == 6), fits)
    if operator == "ArnLike":
        pattern = arn_regex(wanted)
        return z3.BoolVal(False) if pattern is None else z3.InRe(request.arn, pattern)
    if operator.startswith("Date"):
        return order(operator[4:], request.value(name, z3.Real), seconds(wanted))
    if operator.startswith("Numeric"):
        return order(operator[7:], request.value(name, z3.Real), z3.RealVal(wanted))
    return text(request, name, operator, wanted)


POSITIVE = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "NotIpAddress": "IpAddress",
            "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase", "ArnNotEquals": "ArnLike", "ArnNotLike": "ArnLike",
            "NumericNotEquals": "NumericEquals", "DateNotEquals": "DateEquals"}


def condition(request, operator, name, values):
    there = request.there(name)
    if operator == "Null":
        return z3.Or(*[z3.Not(there) if value == "true" else there for value in listed(values)])
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = operator in POSITIVE
    operator = {"ArnEquals": "ArnLike"}.get(operator, POSITIVE.get(operator, operator))
    found = z3.Or(*[compare(request, name, operator, str(value)) for value in listed(values)])
    if negated:
        # A key that is not there is not equal to anything.
        return z3.Or(z3.Not(there), z3.Not(found))
    return z3.Or(z3.Not(there), found) if if_exists else z3.And(there, found)


def applies(request, statement):
    unknown = set(statement) - {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    if unknown:
        raise ValueError(f"the elements {unknown}")
    parts = [principal(request, statement["Principal"])]
    parts.append(action(request, statement["Action"]) if "Action" in statement
                 else z3.Not(action(request, statement["NotAction"])))
    parts.append(resource(request, statement["Resource"]) if "Resource" in statement
                 else z3.Not(resource(request, statement["NotResource"])))
    for operator, keys in statement.get("Condition", {}).items():
        parts += [condition(request, operator, name, values) for name, values in keys.items()]
    return z3.And(*parts)


def allows(request, policy):
    statements = listed(policy.get("Statement", []))
    of = {effect: [applies(request, one) for one in statements if one["Effect"] == effect] for effect in ("Allow", "Deny")}
    return z3.And(z3.Or(*of["Allow"]), z3.Not(z3.Or(*of["Deny"])))


def is_shown(request, answer):
    """That the request is the one of the answer; keys that it does not name may be anything."""
    facts = [request.anonymous == (answer["principal"] == "anonymous")]
    if answer["principal"] != "anonymous":
        facts.append(request.arn == z3.StringVal(answer["principal"]))
    at_bucket = answer["resource"] == BUCKET
    names = [name.lower() for name, _ in request.actions]
    if answer["action"].lower() not in names:
        request.actions.append((answer["action"], at_bucket))
        names.append(answer["action"].lower())
    facts += [request.action == names.index(answer["action"].lower()), request.of_bucket == at_bucket]
    if not at_bucket:
        facts.append(request.key == z3.StringVal(answer["resource"].removeprefix(f"{BUCKET}/")))
    for name, values in answer["context"].items():
        if name in ("aws:PrincipalArn", "aws:PrincipalAccount"):
            continue
        there = request.there(name)
        if not values:
            facts.append(z3.Not(there))
            continue
        [value] = values
        facts.append(there)
        if name == "aws:SecureTransport":
            facts.append(request.value(name, z3.Bool) == (value == "true"))
        elif name == "aws:SourceIp":
            address = ipaddress.ip_address(value)
            six = address.version == 6
            facts += [request.ipv6 == six, (request.address6 if six else request.address4) == int(address)]
        elif name == "aws:CurrentTime":
            facts.append(request.value(name, z3.Real) == seconds(value))
        elif name == "s3:TlsVersion":
            facts.append(request.value(name, z3.Real) == z3.RealVal(value))
        else:
            facts.append(request.value(name, z3.String) == z3.StringVal(value))
    return facts


def disagreement(line):
    """What the solver says otherwise, or nothing; and the answer that it was given."""
    case = json.loads(line)
    answer = case["answer"]
    request = Request()
    facts = [] if answer["gain"] == "none" else is_shown(request, answer)
    asserted = [*request.is_one(), z3.Or(request.anonymous, request.arn != z3.StringVal(VENDOR)),
                allows(request, case["after"]), z3.Not(allows(request, case["before"]))]
    if answer["gain"] == "certain":
        asserted += facts
    # The simple solver is the fastest; now and then the other one finds what it does not.
    for make in (z3.SimpleSolver, z3.Solver):
        solver = make()
        solver.set("timeout", 10_000)
        solver.add(*asserted)
        found = solver.check()
        if found != z3.unknown:
            break
    else:
        return "unknown to Z3", None
    # What may be gained and may not is nobody's promise.
    expected = {"none": z3.unsat, "certain": z3.sat}.get(answer["gain"])
    if expected is None or found == expected:
        return answer["gain"], None
    shown = solver.model() if found == z3.sat else ""
    return answer["gain"], f"{line.strip()}\n  Z3: {found} {shown}"


def main():
    path, least = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    policies = {json.dumps(json.loads(line)["before"]) for line in lines}
    with multiprocessing.Pool(2) as pool:
        results = pool.map(disagreement, lines, chunksize=100)
    wrong = [told for _, told in results if told]
    counts = {kind: sum(answer == kind for answer, _ in results) for kind in ("none", "certain", "doubtful", "unknown to Z3")}
    print(f"{len(lines)} changes of {len(policies)} policies: {counts}, {len(wrong)} disagreements")
    for told in wrong[:5]:
        print(told, file=sys.stderr)
    seldom = counts["unknown to Z3"] * 1000 <= len(lines) and counts["doubtful"] * 1000 <= len(lines)
    sys.exit(bool(wrong) or not seldom or len(policies) < least or not counts["certain"] or not counts["none"])


if __name__ == "__main__":
    main()
