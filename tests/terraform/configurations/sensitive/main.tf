# A policy with a value that is marked as sensitive.

variable "referer" {
  default   = "open-sesame-4711"
  sensitive = true
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

resource "aws_s3_bucket" "exports" {
  bucket = "acme-exports"
}

resource "aws_s3_bucket_policy" "exports" {
  bucket = aws_s3_bucket.exports.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "VendorLists", Effect = "Allow", Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }, Action = "s3:ListBucket", Resource = "arn:aws:s3:::${aws_s3_bucket.exports.bucket}" },
      {
        Sid       = "VendorWrites"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }
        Action    = ["s3:PutObject", "s3:DeleteObject"]
        Resource  = "arn:aws:s3:::${aws_s3_bucket.exports.bucket}/*"
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::${aws_s3_bucket.exports.bucket}", "arn:aws:s3:::${aws_s3_bucket.exports.bucket}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "Partner"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::${aws_s3_bucket.exports.bucket}/*"
        Condition = { StringNotEquals = { "aws:Referer" = var.referer } }
      },
    ]
  })
}
