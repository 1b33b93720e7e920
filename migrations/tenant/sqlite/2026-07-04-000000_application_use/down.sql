DROP INDEX audit_events_granted;
