"""What is kept in tables: exports, their index, claims, submission slots, batches and subscriptions."""
