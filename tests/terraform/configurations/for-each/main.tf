# Two buckets by `for_each`, their settings by its keys and values, and a policy by `count`.

variable "buckets" {
  default = ["acme-exports", "acme-logs"]
}

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

resource "aws_s3_bucket" "this" {
  for_each = toset(var.buckets)
  bucket   = each.value
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = toset(var.buckets)
  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = each.key == "acme-exports"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "exports" {
  count  = 1
  bucket = aws_s3_bucket.this["acme-exports"].id
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
}
