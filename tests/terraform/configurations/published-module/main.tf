# A module as published ones are built: everything by `count`, values in locals, blocks by `dynamic`.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "exports" {
  description         = "exports"
  enable_key_rotation = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Owner", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }, Action = "kms:*", Resource = "*" },
      {
        Sid       = "Vendor"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
      },
    ]
  })
}

data "aws_iam_policy_document" "exports" {
  statement {
    sid       = "VendorLists"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::acme-exports"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::099647660399:role/sc-event-stream-production"]
    }
  }

  statement {
    sid       = "VendorWrites"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::acme-exports/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::099647660399:role/sc-event-stream-production"]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]

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

module "exports" {
  source = "./modules/bucket"

  name       = local.name
  policy     = data.aws_iam_policy_document.exports.json
  tls_only   = true
  encryption = { algorithm = "aws:kms", key = aws_kms_key.exports.arn }
}

locals {
  name = "acme-exports"
}
