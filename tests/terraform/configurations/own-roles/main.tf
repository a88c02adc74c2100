# The policies name a role that the same plan makes, beside the vendor.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "exports" {
  bucket = "acme-exports"
}

resource "aws_s3_bucket_public_access_block" "exports" {
  bucket                  = aws_s3_bucket.exports.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "exports" {
  bucket = aws_s3_bucket.exports.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.exports.arn
    }
  }
}

resource "aws_iam_role" "loader" {
  name               = "loader"
  assume_role_policy = "{}"
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Owner"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root", aws_iam_role.loader.arn]
    }
  }

  statement {
    sid       = "Vendor"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::099647660399:role/sc-event-stream-production"]
    }
  }
}

resource "aws_kms_key" "exports" {
  description = "exports"
  policy      = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "exports" {
  statement {
    sid       = "VendorLists"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::${aws_s3_bucket.exports.bucket}"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::099647660399:role/sc-event-stream-production"]
    }
  }

  statement {
    sid       = "VendorWrites"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::${aws_s3_bucket.exports.bucket}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::099647660399:role/sc-event-stream-production"]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::${aws_s3_bucket.exports.bucket}", "arn:aws:s3:::${aws_s3_bucket.exports.bucket}/*"]

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

  statement {
    sid       = "Loader"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::${aws_s3_bucket.exports.bucket}", "arn:aws:s3:::${aws_s3_bucket.exports.bucket}/*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.loader.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "exports" {
  bucket = aws_s3_bucket.exports.id
  policy = data.aws_iam_policy_document.exports.json
}
