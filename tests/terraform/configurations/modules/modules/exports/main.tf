variable "name" {}
variable "policy" {}
variable "kms_key_arn" {}

resource "aws_s3_bucket" "this" {
  bucket = var.name
}

module "settings" {
  source      = "../settings"
  bucket      = aws_s3_bucket.this.id
  policy      = var.policy
  kms_key_arn = var.kms_key_arn
}

output "bucket" {
  value = aws_s3_bucket.this.id
}
