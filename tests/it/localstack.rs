//! The real binary against a real LocalStack: wire formats, defaults, the probe. Never proof of permissions.
