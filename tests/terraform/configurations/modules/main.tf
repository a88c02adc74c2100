# Modules in modules, with keys: what is known only after apply goes through variables and outputs.

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

locals {
  regions = {
    eu = "acme-exports-eu"
    us = "acme-exports-us"
  }
}

module "key" {
  source = "./modules/key"
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

module "exports" {
  source   = "./modules/exports"
  for_each = local.regions

  name = each.value
  policy = each.key == "us" ? null : jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "VendorLists", Effect = "Allow", Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }, Action = "s3:ListBucket", Resource = "arn:aws:s3:::${each.value}" },
      {
        Sid       = "VendorWrites"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::099647660399:role/sc-event-stream-production" }
        Action    = ["s3:PutObject", "s3:DeleteObject"]
        Resource  = "arn:aws:s3:::${each.value}/*"
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::${each.value}", "arn:aws:s3:::${each.value}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
  kms_key_arn = module.key.arn
}
