//! Logs, request ids, metrics.
