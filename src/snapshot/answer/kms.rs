//! What KMS answers of a key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers;
use crate::names::Arn;

answers! {
    /// `kms:DescribeKey`.
    pub struct DescribeKeyAnswer {
        /// The one member.
        pub key_metadata: KeyMetadata,
    }

    /// What KMS says of a key; a field that is not there was not said.
    pub struct KeyMetadata {
        /// The account that owns the key.
        #[serde(rename = "AWSAccountId")]
        pub account: Option<String>,
        /// The bare id.
        pub key_id: Option<String>,
        /// The full ARN.
        pub arn: Option<String>,
        /// The Region of a key of a Terraform plan, whose ARN is known only after apply; AWS does not give it.
        pub region: Option<String>,
        /// When it was made, in the two forms of `deletion_date`.
        pub creation_date: Option<Value>,
        /// Whether it is enabled.
        pub enabled: Option<bool>,
        /// `Enabled`, `Disabled`, `PendingDeletion`, …
        pub key_state: Option<String>,
        /// The owner's words about it.
        pub description: Option<String>,
        /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …
        pub key_usage: Option<String>,
        /// `SYMMETRIC_DEFAULT`, `RSA_2048`, …
        pub key_spec: Option<String>,
        /// The older name of `KeySpec`, which is all that an older AWS CLI prints.
        pub customer_master_key_spec: Option<String>,
        /// `CUSTOMER` or `AWS`.
        pub key_manager: Option<String>,
        /// `AWS_KMS`, `EXTERNAL`, …
        pub origin: Option<String>,
        /// Whether it is a multi-Region key.
        pub multi_region: Option<bool>,
        /// When a key pending deletion goes: RFC 3339 or seconds since 1970, as the CLI prints it.
        pub deletion_date: Option<Value>,
        /// When imported material expires, in the same two forms.
        pub valid_to: Option<Value>,
        /// `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`.
        pub expiration_model: Option<String>,
        /// The key store that is not the service's own.
        pub custom_key_store_id: Option<String>,
        /// The cluster behind that key store.
        pub cloud_hsm_cluster_id: Option<String>,
        /// What it encrypts with.
        pub encryption_algorithms: Option<Vec<String>>,
        /// What it signs with.
        pub signing_algorithms: Option<Vec<String>>,
        /// What it agrees on keys with.
        pub key_agreement_algorithms: Option<Vec<String>>,
        /// What it authenticates with.
        pub mac_algorithms: Option<Vec<String>>,
        /// The primary key and its replicas, of a multi-Region key.
        pub multi_region_configuration: Option<Value>,
        /// How long it waits for its deletion, once its replicas are gone.
        pub pending_deletion_window_in_days: Option<i64>,
        /// The external key that it uses.
        pub xks_key_configuration: Option<Value>,
        /// The material in use.
        pub current_key_material_id: Option<String>,
    }

    /// `kms:ListGrants`, all pages together.
    pub struct GrantsAnswer {
        /// Every grant of the key.
        pub grants: Vec<Grant>,
        /// Whether there are more, as a single page says.
        pub truncated: Option<bool>,
        /// Where more of them begin, as a single page says.
        pub next_marker: Option<String>,
        /// The same, as the AWS CLI says it.
        pub next_token: Option<String>,
    }

    /// One grant: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html>.
    pub struct Grant {
        /// The key, by its ARN.
        pub key_id: Option<String>,
        /// Its id.
        pub grant_id: Option<String>,
        /// Its name.
        pub name: Option<String>,
        /// When it was made: RFC 3339 or seconds since 1970, as the CLI prints it.
        pub creation_date: Option<Value>,
        /// Who may use it.
        pub grantee_principal: Option<String>,
        /// Who may give it up.
        pub retiring_principal: Option<String>,
        /// The account that made it.
        pub issuing_account: Option<String>,
        /// `Decrypt`, `GenerateDataKey`, … without the `kms:`.
        pub operations: Vec<String>,
        /// What requests must carry.
        pub constraints: Option<GrantConstraints>,
    }

    /// What a grant asks of a request.
    pub struct GrantConstraints {
        /// The request's context has at least these pairs.
        pub encryption_context_subset: Option<BTreeMap<String, String>>,
        /// The request's context is exactly these pairs.
        pub encryption_context_equals: Option<BTreeMap<String, String>>,
        /// The resource on whose behalf an AWS service must make the request.
        pub source_arn: Option<String>,
    }
}

impl KeyMetadata {
    /// The spec, under its present name or the older one.
    #[must_use]
    pub fn spec(&self) -> Option<&str> {
        self.key_spec.as_deref().or(self.customer_master_key_spec.as_deref())
    }

    /// The ARN, where it is known in full: not that of a key of a Terraform plan.
    #[must_use]
    pub fn known_arn(&self) -> Option<Arn> {
        self.arn.as_deref().and_then(|arn| Arn::parse(arn).ok())
    }

    /// The Region, of the ARN or of the Terraform plan.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.known_arn().map(|arn| arn.region).or_else(|| self.region.clone())
    }

    /// The account that owns the key.
    #[must_use]
    pub fn owner(&self) -> Option<String> {
        self.known_arn().map(|arn| arn.account).or_else(|| self.account.clone())
    }
}
