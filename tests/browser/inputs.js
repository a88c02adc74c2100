// What the browser is shown: pages that the built program made of the fixtures, and of one snapshot full of malice.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const TABLE = read("cases.json");

/** Each page by its name: the fixture that it is made of, and the verdict that it must show. */
const PAGES = {
  good: { fixture: "joint", exit: 0 },
  bad: { fixture: "policy-for-our-endpoint-only", exit: 1 },
  "bad-key": { fixture: "key-policy-denies", exit: 1 },
  "bad-two-writers": { fixture: "two-principals", exit: 1 },
  unknown: { fixture: "policy-for-some-addresses", exit: 3 },
  "unknown-all": { fixture: "credentials-expired", exit: 3 },
  hostile: { snapshot: hostile, exit: 1 },
};

/** Writes every page into a folder; returns their names, paths, verdicts and checks. */
export function pages(binary, folder) {
  return Object.entries(PAGES).map(([name, { fixture, snapshot, exit }]) => {
    const input = snapshot ? snapshot() : ofFixture(fixture);
    const file = join(folder, `${name}.snapshot.json`);
    const [page, report] = [join(folder, `${name}.html`), join(folder, `${name}.json`)];
    writeFileSync(file, JSON.stringify(input.snapshot));
    const formats = ["--format", "html", "--output", page, "--format", "json", "--output", report];
    run(binary, ["--snapshot", file, ...input.options, ...formats], exit);
    const { verdict, checks } = JSON.parse(readFileSync(report, "utf8"));
    return { name, page, verdict, checks };
  });
}

/** Writes one page of several buckets: one that is good, one that is not, and one that could not be read. */
export function several(binary, folder) {
  const page = join(folder, "several.html");
  const snapshots = ["joint", "policy-for-our-endpoint-only", "credentials-expired"].flatMap((fixture, number) => {
    const file = join(folder, `several-${number}.snapshot.json`);
    const bucket = `acme-exports-${number}`;
    writeFileSync(file, JSON.stringify({ ...ofFixture(fixture).snapshot, bucket }));
    return ["--snapshot", file];
  });
  run(binary, [...snapshots, "--output", page], 1);
  return page;
}

function run(binary, options, exit) {
  let status = 0;
  try {
    execFileSync(binary, options, { env: { PATH: process.env.PATH }, stdio: ["ignore", "inherit", "pipe"] });
  } catch (error) {
    if (typeof error.status !== "number") throw error;
    status = error.status;
    if (status !== exit) console.error(String(error.stderr));
  }
  if (status !== exit) throw new Error(`${options.join(" ")}: exit code ${status}, not ${exit}`);
}

function ofFixture(name) {
  const fault = TABLE.cases.find((one) => one.name === name);
  const base = TABLE.bases[fault?.base ?? name];
  const snapshot = merge(read(base.file), fault?.patch ?? {});
  for (const answer of Object.values(snapshot.operations)) {
    if (typeof answer.Policy === "object") answer.Policy = JSON.stringify(answer.Policy);
  }
  return { snapshot, options: options(merge(base.arguments, fault?.arguments ?? {})) };
}

function options({ variant, export_path, kms_key, expected_owner, principals = [] }) {
  const named = { variant, "export-path": export_path, "kms-key": kms_key, "expected-bucket-owner": expected_owner };
  const given = Object.entries(named).filter(([, value]) => value);
  return [...given, ...principals.map((arn) => ["principal", arn])].flatMap(([name, value]) => [`--${name}`, value]);
}

/** Markup, scripts, addresses, escapes and marks that reorder text, wherever an answer holds text; and very long words. */
function hostile() {
  const evil =
    "</pre></code></style></title><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>" +
    "<a href=javascript:alert(3)>x</a>&lt;b&gt; `](http://127.0.0.1:9/y) \u001b[2J\u202egnp.exe\u2066 鍵🔑e\u0301\u200b\ttab\nline";
  const long = "W".repeat(3000);
  const { snapshot, options: given } = ofFixture("joint");
  const { operations } = snapshot;
  const policy = JSON.parse(operations["s3:GetBucketPolicy"].Policy);
  policy.Statement.push(
    { Sid: evil, Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: "*", Condition: { StringNotEquals: { [evil]: evil } } },
    { Sid: long, Effect: "Deny", Principal: "*", Action: ["s3:DeleteObject", `s3:${long}`], Resource: "*" },
    { Sid: "鍵🔑".repeat(40), Effect: "Deny", Principal: { AWS: "*" }, Action: "s3:ListBucket", Resource: "*" },
  );
  operations["s3:GetBucketPolicy"].Policy = JSON.stringify(policy);
  operations["s3:GetBucketAcl"] = { Error: { Code: evil, Message: `${evil} ${long}` } };
  operations["s3:GetBucketOwnershipControls"] = { Error: { Code: "AccessDenied", Message: evil.repeat(20) } };
  operations["kms:GetKeyPolicy"].Policy = `${evil} ${long}`;
  return { snapshot, options: given };
}

/** RFC 7396: objects are merged, null takes away, anything else replaces. */
function merge(target, patch) {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const merged = target !== null && typeof target === "object" && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}

function read(file) {
  return JSON.parse(readFileSync(join(FIXTURES, file), "utf8"));
}
