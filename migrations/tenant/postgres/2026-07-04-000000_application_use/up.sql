-- For when somebody last signed in to an application.
CREATE INDEX audit_events_granted ON audit_events (application, at) WHERE kind = 'authorization.granted';
