#!/usr/bin/env bash
# Fills fuzz/corpus from the named cases of the evaluator's tests.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/decide corpus/document
python3 - <<'PYTHON'
import json
number = 0
for line in open("../tests/it/evaluator_cases.jsonl", encoding="utf-8"):
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
PYTHON
