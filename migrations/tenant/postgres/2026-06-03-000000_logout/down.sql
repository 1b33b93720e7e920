DROP TABLE logout_parties;
DROP TABLE logouts;
DROP TABLE logout_notices;
