//! The fixtures: good snapshots in the contract's form, and faults as JSON merge patches (RFC 7396) over them.
//!
//! In a patch, a policy may be written as an object; it is turned into the text that the service stores.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use stc_check::checks::{Case, judge};
use stc_check::names::{AccountId, BucketName, KeyArn};
use stc_check::report::Report;
use stc_check::snapshot::Snapshot;
use stc_check::snapshot::observations::Live;
use stc_check::vendor::{Connection, OrganizationPolicy, Variant, Writer};

#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) name: String,
    /// The name of the base that the patch goes over.
    pub(crate) base: String,
    /// As in the snapshot file.
    pub(crate) document: Value,
    pub(crate) connection: Connection,
    /// The operations whose answers are its own: of a base, all; of a fault, those that its patch changes.
    pub(crate) own: Vec<String>,
    /// Statuses by check; `*` for every other check.
    pub(crate) expect: BTreeMap<String, String>,
    pub(crate) exit: u8,
}

impl Fixture {
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::from_json(&self.document.to_string()).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    pub(crate) fn judge(&self) -> Report {
        self.judge_with(None)
    }

    pub(crate) fn judge_with(&self, live: Option<&Live>) -> Report {
        let snapshot = self.snapshot();
        judge(&Case::new(&self.connection, &snapshot, live))
    }

    pub(crate) fn base(&self) -> Self {
        named(&self.base)
    }

    /// With the answer of one operation replaced, or taken away.
    pub(crate) fn with_answer(&self, operation: &str, answer: Option<Value>) -> Self {
        let mut changed = self.clone();
        let operations = changed.document["operations"].as_object_mut().unwrap();
        match answer {
            Some(answer) => operations.insert(operation.to_owned(), answer),
            None => operations.remove(operation),
        };
        changed
    }
}

pub(crate) fn named(name: &str) -> Fixture {
    let mut fixtures = all().iter();
    fixtures.find(|fixture| fixture.name == name).unwrap_or_else(|| panic!("no fixture `{name}`")).clone()
}

pub(crate) fn bases() -> impl Iterator<Item = &'static Fixture> {
    all().iter().filter(|fixture| fixture.name == fixture.base)
}

pub(crate) fn cases() -> impl Iterator<Item = &'static Fixture> {
    all().iter().filter(|fixture| fixture.name != fixture.base)
}

pub(crate) fn all() -> &'static [Fixture] {
    static ALL: LazyLock<Vec<Fixture>> = LazyLock::new(|| {
        let table = read("cases.json");
        let bases = table["bases"].as_object().unwrap().iter().map(|(name, base)| {
            let document = read(base["file"].as_str().unwrap());
            Fixture {
                name: name.clone(),
                base: name.clone(),
                own: operations(&document),
                document,
                connection: connection(&base["arguments"]),
                expect: BTreeMap::new(),
                exit: 0,
            }
        });
        bases.chain(table["cases"].as_array().unwrap().iter().map(|case| read_case(&table, case))).collect()
    });
    &ALL
}

fn read_case(table: &Value, case: &Value) -> Fixture {
    let name = case["name"].as_str().unwrap();
    let base = &table["bases"][case["base"].as_str().unwrap()];
    let mut document = read(base["file"].as_str().unwrap());
    merge(&mut document, &case["patch"]);
    for answer in document["operations"].as_object_mut().unwrap().values_mut() {
        if let Some(policy) = answer.get_mut("Policy").filter(|policy| policy.is_object()) {
            *policy = Value::String(policy.to_string());
        }
    }
    let mut arguments = base["arguments"].clone();
    merge(&mut arguments, case.get("arguments").unwrap_or(&Value::Object(Map::new())));
    Fixture {
        name: name.to_owned(),
        base: case["base"].as_str().unwrap().to_owned(),
        own: operations(&case["patch"]),
        document,
        connection: connection(&arguments),
        expect: serde_json::from_value(case["expect"].clone()).unwrap(),
        exit: u8::try_from(case["exit"].as_u64().unwrap()).unwrap(),
    }
}

fn operations(document: &Value) -> Vec<String> {
    document["operations"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

fn connection(arguments: &Value) -> Connection {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let principals = arguments.get("principals").and_then(Value::as_array).into_iter().flatten();
    Connection {
        reach: Vec::new(),
        variant: Variant::ALL.into_iter().find(|variant| Some(variant.as_str()) == text("variant")).unwrap(),
        export_path: text("export_path").map(str::to_owned),
        principals: principals.map(|arn| Writer::parse(arn.as_str().unwrap()).unwrap()).collect(),
        kms_key: text("kms_key").map(|arn| KeyArn::parse(arn).unwrap()),
        organization_policies: arguments
            .get("organization_policies")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|policy| OrganizationPolicy { name: "rcp.json".to_owned(), text: policy.to_string() })
            .collect(),
        expected_owner: text("expected_owner").map(|account| AccountId::parse(account).unwrap()),
        ..Connection::new(BucketName::parse("acme-exports").unwrap())
    }
}

fn read(file: &str) -> Value {
    let path = format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// RFC 7396: objects are merged, null takes away, anything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let target = target.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}
