variable "policy" {}

resource "aws_kms_key" "this" {
  count       = 1
  description = "exports"
  policy      = var.policy
}

output "arn" {
  value = aws_kms_key.this[0].arn
}
