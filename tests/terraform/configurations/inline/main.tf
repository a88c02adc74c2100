# Provider 3: the settings stand in the bucket itself.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.76.1"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "exports" {
  bucket        = "acme-exports"
  acl           = "public-read"
  request_payer = "Requester"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "VendorLists", Effect = "Allow", Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }, Action = "s3:ListBucket", Resource = "arn:aws:s3:::acme-exports" },
      {
        Sid       = "VendorWrites"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }
        Action    = ["s3:PutObject", "s3:DeleteObject"]
        Resource  = "arn:aws:s3:::acme-exports/*"
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  versioning {
    enabled = true
  }

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = aws_kms_alias.exports.name
      }
    }
  }

  object_lock_configuration {
    object_lock_enabled = "Enabled"

    rule {
      default_retention {
        days = 30
        mode = "GOVERNANCE"
      }
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "exports" {
  bucket = aws_s3_bucket.exports.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_public_access_block" "exports" {
  bucket = aws_s3_bucket.exports.id
}

resource "aws_kms_alias" "exports" {
  name          = "alias/exports"
  target_key_id = aws_kms_key.exports.key_id
}

resource "aws_kms_key" "exports" {
  description         = "exports"
  enable_key_rotation = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Owner", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
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
