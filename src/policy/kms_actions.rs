//! The actions of KMS on a key.

use std::sync::LazyLock;

use super::table;

/// The table (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>), those
/// first of which others are told first where they are gained.
pub(super) static KMS_ACTIONS: LazyLock<Vec<KmsAction>> = LazyLock::new(|| table(include_str!("kms_actions.json")));

/// One action.
#[derive(serde::Deserialize)]
pub(super) struct KmsAction {
    /// With its prefix.
    pub(super) name: String,
    /// Whether a principal of another account can be allowed to do it
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>).
    pub(super) across_accounts: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(KMS_ACTIONS.len(), 45);
        assert_eq!(KMS_ACTIONS.iter().filter(|action| action.across_accounts).count(), 20);
        assert!(KMS_ACTIONS.iter().all(|action| action.name.starts_with("kms:")));
    }
}
