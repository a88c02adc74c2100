#!/usr/bin/env bash
# Fills fuzz/corpus from the named cases of the evaluator's tests and from the fixtures of the checks'.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/decide corpus/document corpus/snapshot
python3 - <<'PYTHON'
import json
number = 0
for line in open("../tests/core/evaluator_cases.jsonl", encoding="utf-8"):
    case = json.loads(line)
    policy = case.get("policy", {"Version": "2012-10-17", "Statement": case.get("statements_in")})
    question = {
        "id": "1", "policy": policy, "context": case.get("context", {}), "unknown": case.get("unknown", []),
        "principal": case.get("principal", "arn:aws:iam::099647660399:role/sc-event-stream-production"),
        "action": case.get("action", "s3:PutObject"), "resource": case.get("resource", "arn:aws:s3:::acme-exports/a"),
    }
    number += 1
    open(f"corpus/decide/{number}", "w").write(case.get("line") or json.dumps(question))
    open(f"corpus/document/{number}", "w").write(json.dumps(policy))

def merge(target, patch):
    """RFC 7396, as the fixtures' patches are meant."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        target[name] = merge(target.get(name), value)
        if value is None:
            del target[name]
    return target

fixtures = "../tests/fixtures/"
table = json.load(open(fixtures + "cases.json", encoding="utf-8"))
bases = {name: json.load(open(fixtures + base["file"], encoding="utf-8")) for name, base in table["bases"].items()}
snapshots = list(bases.values()) + [merge(bases[case["base"]], case["patch"]) for case in table["cases"]]
for number, snapshot in enumerate(snapshots):
    for answer in snapshot["operations"].values():
        if isinstance(answer, dict) and isinstance(answer.get("Policy"), dict):
            answer["Policy"] = json.dumps(answer["Policy"])
    open(f"corpus/snapshot/{number}", "w").write(json.dumps(snapshot))
PYTHON
