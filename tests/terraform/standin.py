"""A stand-in for the AWS provider: it plans, applies and reads in memory, by the schema of `schema.py`, and asks nobody.

Terraform connects to it by TF_REATTACH_PROVIDERS. It does what shows in a plan as the provider does: computed values are
unknown until they are applied, empty texts stand in sets where nothing is configured, and a bucket reads back what its
settings' resources put there.
"""

import hashlib
import json
import os
import tempfile
from concurrent import futures

import grpc
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc
from tf.types import Unknown
from tf.utils import read_dynamic_value, to_dynamic_value

import schema

ACCOUNT = "111122223333"
OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
NESTING = {"list": pb.Schema.NestedBlock.LIST, "set": pb.Schema.NestedBlock.SET}


def block_to_pb(block):
    attributes = []
    for name, attribute in sorted(block["attributes"].items()):
        flags = attribute["flags"]
        attributes.append(
            pb.Schema.Attribute(
                name=name,
                type=json.dumps(attribute["type"]).encode(),
                required="r" in flags,
                optional="o" in flags,
                computed="c" in flags,
                sensitive="!" in flags,
            )
        )
    blocks = [
        pb.Schema.NestedBlock(
            type_name=name, block=block_to_pb(nested), nesting=NESTING[nested["nesting"]], min_items=int("r" in nested["flags"])
        )
        for name, nested in sorted(block["blocks"].items())
    ]
    return pb.Schema.Block(attributes=attributes, block_types=blocks)


def planned(block, proposed, config, prior, in_set=False):
    """What the provider plans for a block: defaults, and unknown what only it can tell."""
    values = dict(proposed)
    for name, attribute in block["attributes"].items():
        if values.get(name) is None:
            if "default" in attribute:
                values[name] = attribute["default"]
            elif "c" in attribute["flags"] and (prior is None or name not in prior):
                values[name] = Unknown
            elif in_set and attribute["type"] == "string":
                values[name] = ""
    for name, nested in block["blocks"].items():
        items = values.get(name)
        if not items and "c" in nested["flags"]:
            values[name] = Unknown if prior is None else prior[name]
        elif isinstance(items, list):
            values[name] = [
                planned(nested, item, item, None, in_set or nested["nesting"] == "set") if item is not Unknown else item
                for item in items
            ]
    return values


def settled(block, values):
    """The values with nothing unknown left in them."""
    done = {}
    for name, value in values.items():
        nested = block["blocks"].get(name)
        if nested is None:
            done[name] = None if value is Unknown else value
        else:
            done[name] = [] if value is Unknown else [settled(nested, item) for item in value]
    return done


def uuid(text):
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


class World:
    """What is there after applies: the settings of each bucket, by what the provider reads back into the bucket."""

    def __init__(self, generation):
        self.generation = generation
        self.region = "us-east-1"
        self.buckets = {}
        self.created = 0

    def create(self, kind, values):
        self.created += 1
        known = {name: value for name, value in values.items() if value is not None}
        seed = f"{kind} {known.get('description') or known.get('name') or self.created}"
        if kind == "aws_s3_bucket":
            name = known.get("bucket") or f"{known.get('bucket_prefix') or 'terraform-'}20261126081500000000000001"
            values |= {"bucket": name, "id": name, "arn": f"arn:aws:s3:::{name}"}
            self.buckets.setdefault(name, {})
            values = self.read_bucket(values)
        elif kind in ("aws_kms_key", "aws_kms_replica_key"):
            region = values.get("region") or self.region
            key = uuid(seed)
            values |= {"key_id": key, "id": key, "arn": f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}"}
            if values.get("policy") is None:
                values["policy"] = json.dumps(default_key_policy())
            if kind == "aws_kms_key":
                values["multi_region"] = values.get("multi_region") or False
                values["description"] = values.get("description") or ""
        elif kind == "aws_kms_alias":
            target = values["target_key_id"]
            values |= {"id": values["name"], "arn": f"arn:aws:kms:{self.region}:{ACCOUNT}:{values['name']}"}
            values["target_key_arn"] = target if target.startswith("arn:") else f"arn:aws:kms:{self.region}:{ACCOUNT}:key/{target}"
        elif kind == "aws_kms_grant":
            values |= {"grant_id": uuid(seed), "grant_token": "token", "id": f"{values['key_id']}:{uuid(seed)}"}
        elif kind == "aws_iam_role":
            values |= {"arn": f"arn:aws:iam::{ACCOUNT}:role/{values['name']}"}
        values["id"] = values.get("id") or values.get("bucket") or values.get("key_id") or ACCOUNT
        if "region" in values:
            values["region"] = values["region"] or self.region
        if "tags_all" in values:
            values["tags_all"] = values["tags_all"] or values["tags"] or {}
        self.keep(kind, values)
        return values

    def keep(self, kind, values):
        bucket = self.buckets.get(values.get("bucket"))
        if bucket is None:
            return
        if kind == "aws_s3_bucket_policy":
            bucket["policy"] = values["policy"]
        elif kind == "aws_s3_bucket_server_side_encryption_configuration":
            bucket["server_side_encryption_configuration"] = [{"rule": [
                {name: value for name, value in rule.items() if name != "blocked_encryption_types"} for rule in values["rule"]
            ]}]
        elif kind == "aws_s3_bucket_versioning":
            enabled = values["versioning_configuration"][0]["status"] == "Enabled"
            bucket["versioning"] = [{"enabled": enabled, "mfa_delete": False}]
        elif kind == "aws_s3_bucket_request_payment_configuration":
            bucket["request_payer"] = values["payer"]

    def drop(self, kind, values):
        bucket = self.buckets.get(values.get("bucket"), {})
        if kind == "aws_s3_bucket_policy":
            bucket.pop("policy", None)
        elif kind == "aws_s3_bucket_server_side_encryption_configuration":
            bucket.pop("server_side_encryption_configuration", None)
        elif kind == "aws_s3_bucket":
            self.buckets.pop(values["bucket"], None)

    def read(self, kind, values):
        return self.read_bucket(values) if kind == "aws_s3_bucket" else values

    def read_bucket(self, values):
        """The bucket, with what the provider of this generation reads back."""
        name = values["bucket"] or values["id"]
        kept = self.buckets.setdefault(name, {})
        region = values.get("region") or self.region
        values |= {
            "bucket": name, "id": name, "arn": f"arn:aws:s3:::{name}", "region": region,
            "bucket_domain_name": f"{name}.s3.amazonaws.com", "hosted_zone_id": "Z3AQBSTGFYJSTF",
            "bucket_regional_domain_name": f"{name}.s3.{region}.amazonaws.com",
            "request_payer": kept.get("request_payer") or values.get("request_payer") or "BucketOwner",
            "acceleration_status": "", "force_destroy": bool(values.get("force_destroy")),
        }
        values["versioning"] = kept.get("versioning") or values.get("versioning") or [{"enabled": False, "mfa_delete": False}]
        if "bucket_region" in values:
            values["bucket_region"] = region
        if "tags_all" in values:
            values["tags_all"] = values.get("tags_all") or values.get("tags") or {}
        if self.generation >= 4:
            sse_s3 = [{"rule": [{"bucket_key_enabled": False, "apply_server_side_encryption_by_default": [
                {"kms_master_key_id": "", "sse_algorithm": "AES256"}]}]}]
            owner = {"id": OWNER, "permissions": ["FULL_CONTROL"], "type": "CanonicalUser", "uri": ""}
            values |= {
                "policy": kept.get("policy", values.get("policy") if "policy" not in kept and not kept else "") or "",
                "server_side_encryption_configuration": kept.get("server_side_encryption_configuration", sse_s3),
                "grant": values.get("grant") or [owner], "bucket_prefix": values.get("bucket_prefix") or "",
                "object_lock_enabled": values.get("object_lock_enabled") or False,
            }
        return values


def default_key_policy():
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}


def policy_document(values):
    """The JSON of `aws_iam_policy_document`."""
    statements = []
    for source in values.get("source_policy_documents") or []:
        statements += listed(json.loads(source).get("Statement", [])) if source else []
    for block in values.get("statement") or []:
        statement = {"Sid": block["sid"]} if block["sid"] else {}
        statement["Effect"] = block["effect"] or "Allow"
        for name, element in [("actions", "Action"), ("not_actions", "NotAction"), ("resources", "Resource"), ("not_resources", "NotResource")]:
            if block[name]:
                statement[element] = one_or_many([text.replace("&{", "${") for text in block[name]])
        for name, element in [("principals", "Principal"), ("not_principals", "NotPrincipal")]:
            principals = {item["type"]: one_or_many(item["identifiers"]) for item in block[name] or []}
            if principals:
                statement[element] = "*" if principals == {"*": "*"} else principals
        for condition in block["condition"] or []:
            test = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
            test[condition["variable"]] = one_or_many([text.replace("&{", "${") for text in condition["values"]])
        statements.append(statement)
    for override in values.get("override_policy_documents") or []:
        for statement in listed(json.loads(override).get("Statement", [])) if override else []:
            statements = [other for other in statements if not statement.get("Sid") or other.get("Sid") != statement["Sid"]]
            statements.append(statement)
    document = {"Version": values.get("version") or "2012-10-17", "Statement": statements}
    if values.get("policy_id"):
        document["Id"] = values["policy_id"]
    return document


def listed(statements):
    return statements if isinstance(statements, list) else [statements]


def one_or_many(texts):
    return texts[0] if len(texts) == 1 else texts


class Provider(rpc.ProviderServicer):
    def __init__(self, generation):
        self.world = World(generation)
        self.resources, self.data = schema.types(generation)

    def GetProviderSchema(self, request, context):
        of = lambda block: pb.Schema(version=0, block=block_to_pb(block))
        return pb.GetProviderSchema.Response(
            provider=of(schema.parse(schema.PROVIDER)),
            resource_schemas={name: of(block) for name, block in self.resources.items()},
            data_source_schemas={name: of(block) for name, block in self.data.items()},
        )

    def ValidateProviderConfig(self, request, context):
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, context):
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request, context):
        return pb.ValidateDataResourceConfig.Response()

    def UpgradeResourceState(self, request, context):
        return pb.UpgradeResourceState.Response(upgraded_state=pb.DynamicValue(json=request.raw_state.json))

    def ConfigureProvider(self, request, context):
        region = read_dynamic_value(request.config).get("region")
        if isinstance(region, str):
            self.world.region = region
        return pb.ConfigureProvider.Response()

    def ReadResource(self, request, context):
        values = self.world.read(request.type_name, read_dynamic_value(request.current_state))
        return pb.ReadResource.Response(new_state=to_dynamic_value(values))

    def PlanResourceChange(self, request, context):
        block = self.resources[request.type_name]
        proposed, prior = read_dynamic_value(request.proposed_new_state), read_dynamic_value(request.prior_state)
        if proposed is None:
            return pb.PlanResourceChange.Response(planned_state=request.proposed_new_state)
        values = planned(block, proposed, read_dynamic_value(request.config), prior)
        if "tags_all" in values and prior is None and values.get("tags"):
            values["tags_all"] = values["tags"]
        if "region" in values and values["region"] is Unknown and "f" in block["attributes"]["region"]["flags"]:
            values["region"] = self.world.region
        replaces = [
            pb.AttributePath(steps=[pb.AttributePath.Step(attribute_name=name)])
            for name, attribute in block["attributes"].items()
            if prior is not None and "f" in attribute["flags"] and values.get(name) != prior.get(name)
        ]
        return pb.PlanResourceChange.Response(
            planned_state=to_dynamic_value(values), requires_replace=replaces, legacy_type_system=True
        )

    def ApplyResourceChange(self, request, context):
        prior, values = read_dynamic_value(request.prior_state), read_dynamic_value(request.planned_state)
        if values is None:
            self.world.drop(request.type_name, prior)
            return pb.ApplyResourceChange.Response(new_state=request.planned_state)
        values = settled(self.resources[request.type_name], values)
        if prior is None:
            values = self.world.create(request.type_name, values)
        else:
            self.world.keep(request.type_name, values)
        return pb.ApplyResourceChange.Response(new_state=to_dynamic_value(values), legacy_type_system=True)

    def ImportResourceState(self, request, context):
        block = self.resources[request.type_name]
        values = {name: None for name in block["attributes"]} | {name: [] for name in block["blocks"]}
        values |= {name: request.id for name in ("id", "bucket") if name in values}
        imported = pb.ImportResourceState.ImportedResource(type_name=request.type_name, state=to_dynamic_value(values))
        return pb.ImportResourceState.Response(imported_resources=[imported])

    def ReadDataSource(self, request, context):
        values = read_dynamic_value(request.config)
        region = self.world.region
        match request.type_name:
            case "aws_iam_policy_document":
                document = policy_document(values)
                for block in values["statement"]:
                    block["effect"] = block["effect"] or "Allow"
                text = json.dumps(document, indent=2)
                values |= {"json": text, "minified_json": json.dumps(document, separators=(",", ":")), "version": document["Version"]}
                values["id"] = str(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16))
                if "minified_json" not in self.data["aws_iam_policy_document"]["attributes"]:
                    del values["minified_json"]
            case "aws_caller_identity":
                values |= {"account_id": ACCOUNT, "id": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/terraform", "user_id": "AIDAEXAMPLE"}
            case "aws_region":
                values |= {name: region for name in ("id", "name", "region")} | {"endpoint": f"ec2.{region}.amazonaws.com"}
            case "aws_partition":
                values |= {"id": "aws", "partition": "aws", "dns_suffix": "amazonaws.com", "reverse_dns_prefix": "com.amazonaws"}
            case "aws_canonical_user_id":
                values |= {"id": OWNER}
            case "aws_s3_bucket":
                values |= {"id": values["bucket"], "arn": f"arn:aws:s3:::{values['bucket']}", "region": region}
            case "aws_kms_alias":
                key = uuid(f"alias {values['name']}")
                arn = f"arn:aws:kms:{region}:{ACCOUNT}"
                values |= {"id": f"{arn}:{values['name']}", "arn": f"{arn}:{values['name']}", "target_key_id": key, "target_key_arn": f"{arn}:key/{key}"}
            case "aws_kms_key":
                name = values["key_id"]
                key = uuid(f"alias {name}") if name.startswith("alias/") else name.rsplit("/")[-1]
                values |= {
                    "id": key, "arn": f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}", "aws_account_id": ACCOUNT, "enabled": True,
                    "key_manager": "CUSTOMER", "key_spec": "SYMMETRIC_DEFAULT", "customer_master_key_spec": "SYMMETRIC_DEFAULT",
                    "key_state": "Enabled", "key_usage": "ENCRYPT_DECRYPT", "multi_region": False, "origin": "AWS_KMS",
                }
        return pb.ReadDataSource.Response(state=to_dynamic_value(values))

    def StopProvider(self, request, context):
        return pb.StopProvider.Response()


class Serving:
    """Serves the stand-in while a block runs; gives what Terraform connects by."""

    def __init__(self, generation):
        self.provider = Provider(generation)
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        socket = f"{self.folder.name}/provider.sock"
        rpc.add_ProviderServicer_to_server(self.provider, self.server)
        self.server.add_insecure_port(f"unix://{socket}")
        self.server.start()
        address = {"Network": "unix", "String": socket}
        plugin = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
        return json.dumps({"registry.terraform.io/hashicorp/aws": plugin})

    def __exit__(self, *_):
        self.server.stop(None)
        self.folder.cleanup()
