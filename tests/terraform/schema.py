"""The part of the AWS provider's schema that these plans need, with its flags, as the provider's documentation has them:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs

An attribute is a line `name type flags [=default]`; types are s (string), b (bool), n (number), ls, ss (list and set of
strings), ms (map of strings); flags are r (required), o (optional), c (computed), f (a change replaces the resource) and
! (sensitive). A block is `name [list] flags {` up to `}`; its flag c means that the provider fills it in.
"""

TAGS = """
tags ms o
tags_all ms oc
"""

# Blocks of the bucket itself: configured there up to provider 3, read back and deprecated there since.
BUCKET_BLOCKS = """
cors_rule list o{computed} {
  allowed_headers ls o
  allowed_methods ls r
  allowed_origins ls r
  expose_headers ls o
  max_age_seconds n o
}
grant set o{computed} {
  id s o
  permissions ss r
  type s r
  uri s o
}
logging list o{computed} {
  target_bucket s r
  target_prefix s o
}
object_lock_configuration list o {
  object_lock_enabled s o
  rule list o {
    default_retention list r {
      days n o
      mode s r
      years n o
    }
  }
}
server_side_encryption_configuration list o{computed} {
  rule list r {
    bucket_key_enabled b o
    apply_server_side_encryption_by_default list r {
      kms_master_key_id s o
      sse_algorithm s r
    }
  }
}
versioning list oc {
  enabled b o =False
  mfa_delete b o =False
}
website list o{computed} {
  error_document s o
  index_document s o
  redirect_all_requests_to s o
  routing_rules s o
}
"""

BUCKET = {
    2: """
acceleration_status s oc
acl s o ="private"
arn s oc
bucket s ocf
bucket_domain_name s c
bucket_prefix s of
bucket_regional_domain_name s c
force_destroy b o =False
hosted_zone_id s oc
id s oc
policy s o
region s oc
request_payer s oc
tags ms o
website_domain s oc
website_endpoint s oc
""",
    3: """
acceleration_status s oc
acl s o ="private"
arn s oc
bucket s ocf
bucket_domain_name s c
bucket_prefix s of
bucket_regional_domain_name s c
force_destroy b o =False
hosted_zone_id s oc
id s oc
policy s o
region s c
request_payer s oc
tags ms o
tags_all ms oc
website_domain s oc
website_endpoint s oc
""",
    4: """
acceleration_status s oc
acl s oc
arn s c
bucket s ocf
bucket_domain_name s c
bucket_prefix s ocf
bucket_regional_domain_name s c
force_destroy b o =False
hosted_zone_id s c
id s oc
object_lock_enabled b ocf
policy s oc
region s c
request_payer s oc
tags ms o
tags_all ms oc
website_domain s c
website_endpoint s c
""",
}
BUCKET[6] = BUCKET[4] + "bucket_region s c\n"

RESOURCES = """
aws_s3_bucket_policy
  bucket s rf
  id s oc
  policy s r

aws_s3_bucket_public_access_block
  block_public_acls b o =False
  block_public_policy b o =False
  bucket s rf
  id s oc
  ignore_public_acls b o =False
  restrict_public_buckets b o =False

aws_s3_account_public_access_block
  account_id s ocf
  block_public_acls b o =False
  block_public_policy b o =False
  id s oc
  ignore_public_acls b o =False
  restrict_public_buckets b o =False

aws_s3_bucket_server_side_encryption_configuration
  bucket s rf
  expected_bucket_owner s of
  id s oc
  rule set r {
    bucket_key_enabled b o
    apply_server_side_encryption_by_default list o {
      kms_master_key_id s o
      sse_algorithm s r
    }
  }

aws_s3_bucket_ownership_controls
  bucket s rf
  id s oc
  rule list r {
    object_ownership s r
  }

aws_s3_bucket_acl
  acl s o
  bucket s rf
  expected_bucket_owner s of
  id s oc
  access_control_policy list oc {
    grant set o {
      permission s r
      grantee list o {
        display_name s c
        email_address s o
        id s o
        type s r
        uri s o
      }
    }
    owner list r {
      display_name s oc
      id s r
    }
  }

aws_s3_bucket_versioning
  bucket s rf
  expected_bucket_owner s of
  id s oc
  mfa s o
  versioning_configuration list r {
    mfa_delete s oc
    status s r
  }

aws_s3_bucket_object_lock_configuration
  bucket s rf
  expected_bucket_owner s of
  id s oc
  object_lock_enabled s of ="Enabled"
  token s o!
  rule list o {
    default_retention list r {
      days n o
      mode s o
      years n o
    }
  }

aws_s3_bucket_logging
  bucket s rf
  expected_bucket_owner s of
  id s oc
  target_bucket s r
  target_prefix s r

aws_s3_bucket_request_payment_configuration
  bucket s rf
  expected_bucket_owner s of
  id s oc
  payer s r

aws_kms_key
  arn s c
  bypass_policy_lockout_safety_check b o =False
  custom_key_store_id s of
  customer_master_key_spec s of ="SYMMETRIC_DEFAULT"
  deletion_window_in_days n o
  description s oc
  enable_key_rotation b o =False
  id s oc
  is_enabled b o =True
  key_id s c
  key_usage s of ="ENCRYPT_DECRYPT"
  multi_region b ocf
  policy s oc
  rotation_period_in_days n oc
  tags ms o
  tags_all ms oc
  xks_key_id s of

aws_kms_replica_key
  arn s c
  bypass_policy_lockout_safety_check b o =False
  deletion_window_in_days n o =30
  description s o
  enabled b o =True
  id s oc
  key_id s c
  key_rotation_enabled b c
  key_spec s c
  key_usage s c
  policy s oc
  primary_key_arn s rf
  tags ms o
  tags_all ms oc

aws_kms_alias
  arn s c
  id s oc
  name s ocf
  name_prefix s ocf
  target_key_arn s c
  target_key_id s r

aws_kms_key_policy
  bypass_policy_lockout_safety_check b o =False
  id s oc
  key_id s rf
  policy s r

aws_kms_grant
  grant_creation_tokens ss of
  grant_id s c
  grant_token s c!
  grantee_principal s rf
  id s oc
  key_id s rf
  name s of
  operations ss rf
  retire_on_delete b of =False
  retiring_principal s of
  constraints set of {
    encryption_context_equals ms of
    encryption_context_subset ms of
  }

aws_iam_role
  arn s c
  assume_role_policy s r
  id s oc
  name s ocf

data aws_caller_identity
  account_id s c
  arn s c
  id s c
  user_id s c

data aws_region
  description s c
  endpoint s oc
  id s oc
  name s oc
  region s oc

data aws_partition
  dns_suffix s c
  id s c
  partition s c
  reverse_dns_prefix s c

data aws_canonical_user_id
  display_name s c
  id s oc

data aws_s3_bucket
  arn s c
  bucket s r
  bucket_domain_name s c
  bucket_regional_domain_name s c
  hosted_zone_id s c
  id s oc
  region s c
  website_domain s c
  website_endpoint s c

data aws_kms_key
  arn s c
  aws_account_id s c
  customer_master_key_spec s c
  description s c
  enabled b c
  id s oc
  key_id s r
  key_manager s c
  key_spec s c
  key_state s c
  key_usage s c
  multi_region b c
  origin s c

data aws_kms_alias
  arn s c
  id s oc
  name s r
  target_key_arn s c
  target_key_id s c

data aws_iam_policy_document
  id s oc
  json s c
  minified_json s c
  override_json s o
  override_policy_documents ls o
  policy_id s o
  source_json s o
  source_policy_documents ls o
  version s oc
  statement list o {
    actions ss o
    effect s o ="Allow"
    not_actions ss o
    not_resources ss o
    resources ss o
    sid s o
    condition set o {
      test s r
      values ls r
      variable s r
    }
    not_principals set o {
      identifiers ss r
      type s r
    }
    principals set o {
      identifiers ss r
      type s r
    }
  }
"""

PROVIDER = """
access_key s o
allowed_account_ids ss o
profile s o
region s o
secret_key s o
skip_credentials_validation b o
skip_requesting_account_id b o
assume_role list o {
  role_arn s o
}
default_tags list o {
  tags ms o
}
"""

TYPES = {"s": "string", "b": "bool", "n": "number", "ls": ["list", "string"], "ss": ["set", "string"], "ms": ["map", "string"]}


def parse(text):
    """A block: its attributes and its nested blocks, by name."""
    lines = iter([line.strip() for line in text.splitlines() if line.strip()])
    return _block(lines)


def _block(lines):
    block = {"attributes": {}, "blocks": {}}
    for line in lines:
        if line == "}":
            break
        if line.endswith("{"):
            name, nesting, flags, _ = line.split()
            block["blocks"][name] = {"nesting": nesting, "flags": flags, **_block(lines)}
        else:
            name, kind, rest = line.split(maxsplit=2)
            flags, _, default = rest.partition("=")
            attribute = {"type": TYPES[kind], "flags": flags.strip()}
            if default:
                attribute["default"] = eval(default, {})  # a literal of the table above
            block["attributes"][name] = attribute
    return block


def types(generation):
    """The resources and the data sources of a major version of the provider."""
    resources, data = {}, {}
    for paragraph in RESOURCES.strip().split("\n\n"):
        title, _, body = paragraph.partition("\n")
        name = title.removeprefix("data ")
        (data if title.startswith("data ") else resources)[name] = parse(body)
    computed = "c" if generation >= 4 else ""
    blocks = BUCKET_BLOCKS.replace("{computed}", computed)
    resources["aws_s3_bucket"] = parse(BUCKET[min(generation, 4) if generation < 6 else 6] + blocks)
    if generation >= 6:
        for name, block in resources.items():
            if name != "aws_s3_account_public_access_block":
                block["attributes"]["region"] = {"type": "string", "flags": "ocf"}
        rule = resources["aws_s3_bucket_server_side_encryption_configuration"]["blocks"]["rule"]
        rule["attributes"]["blocked_encryption_types"] = {"type": ["list", "string"], "flags": "oc"}
    if generation < 4:
        for name in [name for name in resources if name.startswith("aws_s3_bucket_")]:
            if name not in ("aws_s3_bucket_policy", "aws_s3_bucket_public_access_block", "aws_s3_bucket_ownership_controls"):
                del resources[name]
        for block in data.values():
            block["attributes"].pop("minified_json", None)
    return resources, data
