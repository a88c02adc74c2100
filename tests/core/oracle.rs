//! The oracle: a second evaluator of bucket policies, written from the rules alone (docs/design/evaluation.md and the IAM User
//! Guide pages named at each rule) and sharing nothing with `stc_check::policy`.
//!
//! It is small, slow and obvious on purpose. Truth is an `Option<bool>`: `None` stands for what the request leaves unknown
//! (a key listed under `unknown`) and for the places where docs/design/evaluation.md itself says "perhaps". A request without
//! either is judged in plain two-valued logic. It takes only policies that AWS would accept; the generators write no others.

pub(crate) mod condition;
pub(crate) mod text;

use serde_json::Value;

/// A truth value: `None` is unknown.
pub(crate) type Truth = Option<bool>;

/// False wins over unknown, unknown over true (Kleene).
pub(crate) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let mut sum = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => sum = None,
            Some(true) => {}
        }
    }
    sum
}

/// True wins over unknown, unknown over false.
pub(crate) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(all(truths.into_iter().map(not)))
}

pub(crate) fn not(truth: Truth) -> Truth {
    truth.map(|known| !known)
}

/// One element of a policy that may be a single value or a list of them.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// The answer to a question of `simulate --batch`, by the table in docs/design/evaluation.md#decisions.
pub(crate) fn decide(question: &Value) -> &'static str {
    let effects = |effect: &str| {
        any(statements(question).into_iter().filter(|one| one["Effect"] == effect).map(|one| applies(question, one)))
    };
    match (effects("Deny"), effects("Allow")) {
        (Some(true), _) => "explicitly-denied",
        (_, Some(false)) => "implicitly-denied",
        (Some(false), Some(true)) => "allowed",
        _ => "conditional",
    }
}

/// The statements of a question's policy, in order.
pub(crate) fn statements(question: &Value) -> Vec<&Value> {
    list(&question["policy"]["Statement"])
}

/// Whether a statement applies to the request: each of its elements must.
pub(crate) fn applies(question: &Value, statement: &Value) -> Truth {
    let conditions = statement["Condition"].as_object().into_iter().flatten().flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(move |(key, values)| (operator, key, values))
    });
    let elements: [fn(&Value, &Value) -> Truth; 3] = [action_element, principal_element, resource_element];
    all(elements
        .into_iter()
        .map(|element| element(question, statement))
        .chain(conditions.map(|(operator, key, values)| condition::holds(question, operator, key, values))))
}

/// `Action` and `NotAction`: case does not matter, `*` and `?` are wildcards (`reference_policies_elements_action`).
fn action_element(question: &Value, statement: &Value) -> Truth {
    let asked = text::of(&question["action"]).to_lowercase();
    let named = |patterns: &Value| {
        list(patterns)
            .into_iter()
            .any(|pattern| text::matches(&text::wildcards(&text::of(pattern).to_lowercase()), &text::literal(&asked)))
    };
    match statement.get("Action") {
        Some(actions) => Some(named(actions)),
        None if statement["NotAction"] == serde_json::json!([]) => None,
        None => Some(!named(&statement["NotAction"])),
    }
}

/// `Resource` and `NotResource`: case matters, wildcards cross `/`, and a variable without a value matches no resource, so
/// that a `NotResource` which holds one applies (`reference_policies_variables`, "variables with no value").
fn resource_element(question: &Value, statement: &Value) -> Truth {
    let asked = text::literal(&text::of(&question["resource"]));
    let named = |patterns: &Value| {
        any(list(patterns).into_iter().map(|pattern| {
            text::agreed(question, &text::of(pattern), true, |pattern| text::matches_resource(pattern, &asked))
        }))
    };
    match statement.get("Resource") {
        Some(resources) => named(resources),
        None if statement["NotResource"] == serde_json::json!([]) => None,
        None => not(named(&statement["NotResource"])),
    }
}

/// By docs/design/evaluation.md#principals.
fn principal_element(question: &Value, statement: &Value) -> Truth {
    let mut asked = Asked::read(&text::of(&question["principal"]));
    asked.learn_role(question);
    if let Some(element) = statement.get("Principal") {
        return any(identities(element).iter().map(|entry| asked.is_covered_by(entry)));
    }
    let listed = identities(&statement["NotPrincipal"]);
    let itself = any(listed.iter().filter(|entry| !asked.is_account(entry)).map(|entry| asked.is_covered_by(entry)));
    let account = listed.iter().any(|entry| asked.is_account(entry));
    // Not listed: denied. Listed without its account: the documentation says that it might deny. A role whose session is
    // not listed is only perhaps exempt, even beside its account.
    match itself {
        // An empty list exempts nobody, or is no list at all.
        Some(false) if listed.is_empty() => None,
        Some(false) => Some(true),
        Some(true) if account && !asked.session_is_missing(&listed) => Some(false),
        _ => None,
    }
}

/// The AWS identities that a principal element names; services, federated users and the like are nobody we ask about.
fn identities(element: &Value) -> Vec<String> {
    match element {
        Value::String(everyone) => vec![everyone.clone()],
        kinds => kinds.get("AWS").map(list).unwrap_or_default().into_iter().map(text::of).collect(),
    }
}

/// Who asks: `arn:aws:iam::ACCOUNT:role/NAME`, `…:user/NAME`, or a session `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
pub(crate) struct Asked {
    arn: String,
    account: String,
    /// The role behind a session, or the role itself; of a session it may yet have a path.
    role: Option<String>,
    session: bool,
    /// Whether the role's path is known.
    path_is_known: bool,
}

impl Asked {
    pub(crate) fn read(arn: &str) -> Self {
        let parts: Vec<&str> = arn.split(':').collect();
        let names: Vec<&str> = parts[5].split('/').collect();
        let session = names[0] == "assumed-role";
        let role =
            (session || names[0] == "role").then(|| format!("arn:{}:iam::{}:role/{}", parts[1], parts[4], names[1]));
        Self { arn: arn.to_owned(), account: parts[4].to_owned(), role, session, path_is_known: !session }
    }

    /// A session's role is the one that `aws:PrincipalArn` names, where the request gives it and the two agree.
    fn learn_role(&mut self, question: &Value) {
        let given = question["context"]
            .as_object()
            .into_iter()
            .flatten()
            .find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn"));
        if let Some((_, arn)) = given
            && self.session
            && self.may_have_role(&text::of(arn))
        {
            self.role = Some(text::of(arn));
            self.path_is_known = true;
        }
    }

    /// Whether a role ARN differs from the session's at most by a path (`reference_identifiers`: names are unique).
    fn may_have_role(&self, arn: &str) -> bool {
        self.role.as_ref().is_some_and(|role| {
            let (beginning, name) = role.rsplit_once('/').expect("a role ARN has a slash");
            arn.starts_with(&format!("{beginning}/")) && arn.ends_with(&format!("/{name}"))
        })
    }

    /// The ARNs that `aws:PrincipalArn` may have, where the path is not known: each that the policy names, and some others.
    pub(crate) fn possible_arns(&self, question: &Value) -> Option<Vec<String>> {
        let role = self.role.as_ref().filter(|_| !self.path_is_known)?;
        let (beginning, name) = role.rsplit_once('/').expect("a role ARN has a slash");
        let paths = ["", "data/", "elsewhere/far/", "r/"];
        let mut arns: Vec<String> = paths.iter().map(|path| format!("{beginning}/{path}{name}")).collect();
        let policy = question["policy"].to_string();
        arns.extend(policy.split('"').filter(|text| self.may_have_role(text)).map(str::to_owned));
        Some(arns)
    }

    /// `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, lower-cased (`reference_policies_condition-keys`).
    pub(crate) fn derived(&self, key: &str) -> Option<String> {
        match key {
            "aws:principalarn" => Some(self.role.clone().unwrap_or_else(|| self.arn.clone())),
            "aws:principalaccount" => Some(self.account.clone()),
            "aws:principaltype" => Some(if self.role.is_some() { "AssumedRole" } else { "User" }.to_owned()),
            _ => None,
        }
    }

    fn is_account(&self, entry: &str) -> bool {
        entry == self.account || entry == format!("arn:aws:iam::{}:root", self.account)
    }

    fn is_covered_by(&self, entry: &str) -> Truth {
        if entry == "*" || entry == self.arn || self.role.as_deref() == Some(entry) || self.is_account(entry) {
            return Some(true);
        }
        if self.session {
            if !self.path_is_known && self.may_have_role(entry) { None } else { Some(false) }
        } else if self.owns_session(entry) {
            None
        } else {
            Some(false)
        }
    }

    /// Whether `entry` names a session of the role that asks.
    fn owns_session(&self, entry: &str) -> bool {
        self.role.as_ref().is_some_and(|role| {
            let sessions = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/";
            entry.starts_with(&sessions)
        })
    }

    fn session_is_missing(&self, listed: &[String]) -> bool {
        self.role.is_some() && !(self.session && listed.contains(&self.arn))
    }
}
