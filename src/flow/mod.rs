//! Use cases. A flow is synchronous, owns its transactions and returns plain data.
