ALTER TABLE devices DROP COLUMN trusted_until;
DROP TABLE enrolment_deadlines;
DROP TABLE mail_codes;
DROP TABLE recovery_codes;
DROP TABLE totp_credentials;
DROP TABLE sign_ins;
