variable "name" {
  default = null
}

variable "policy" {
  default = null
}

variable "tls_only" {
  default = false
}

variable "encryption" {
  type    = any
  default = {}
}

locals {
  attach = var.policy != null || var.tls_only
  rules  = try(flatten([var.encryption]), [])
  policy = local.attach ? data.aws_iam_policy_document.all[0].json : ""
}

resource "aws_s3_bucket" "this" {
  count  = 1
  bucket = var.name
}

data "aws_iam_policy_document" "tls_only" {
  count = var.tls_only ? 1 : 0

  statement {
    sid       = "NoPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[0].arn, "${aws_s3_bucket.this[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "all" {
  count = local.attach ? 1 : 0

  source_policy_documents = compact([
    var.policy,
    var.tls_only ? data.aws_iam_policy_document.tls_only[0].json : "",
  ])
}

resource "aws_s3_bucket_policy" "this" {
  count  = local.attach ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  policy = local.policy
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = 1
  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count  = 1
  bucket = local.attach ? aws_s3_bucket_policy.this[0].id : aws_s3_bucket.this[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = length(keys(var.encryption)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id

  dynamic "rule" {
    for_each = local.rules

    content {
      dynamic "apply_server_side_encryption_by_default" {
        for_each = [rule.value]

        content {
          sse_algorithm     = apply_server_side_encryption_by_default.value.algorithm
          kms_master_key_id = try(apply_server_side_encryption_by_default.value.key, null)
        }
      }
    }
  }
}
