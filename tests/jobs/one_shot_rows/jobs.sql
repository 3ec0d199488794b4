BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE job_events (
	number INTEGER NOT NULL, 
	job VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	note TEXT NOT NULL, 
	CONSTRAINT pk_job_events PRIMARY KEY (number), 
	CONSTRAINT fk_job_events_job FOREIGN KEY(job) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_events" VALUES(1,'f94ce5a31cc0433bbde57b826ceadf8a','2026-11-29 08:32:57.721579','preparing','created');
INSERT INTO "job_events" VALUES(2,'f94ce5a31cc0433bbde57b826ceadf8a','2026-11-29 08:32:58.025577','planned','everything stored');
INSERT INTO "job_events" VALUES(3,'193ba323ec3648838647c0610e5d2c75','2026-11-29 08:32:58.555825','preparing','created');
INSERT INTO "job_events" VALUES(4,'193ba323ec3648838647c0610e5d2c75','2026-11-29 08:32:58.635100','planned','everything stored');
INSERT INTO "job_events" VALUES(5,'193ba323ec3648838647c0610e5d2c75','2026-11-29 08:32:58.643144','running','started');
INSERT INTO "job_events" VALUES(6,'193ba323ec3648838647c0610e5d2c75','2026-11-29 08:33:00.867408','retrieved','bits stored');
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	tag VARCHAR(64) NOT NULL, 
	request VARCHAR(32) NOT NULL, 
	part INTEGER NOT NULL, 
	parts INTEGER NOT NULL, 
	identity VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	version INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	backend VARCHAR(128) NOT NULL, 
	provider_id VARCHAR(128), 
	account VARCHAR(256), 
	run VARCHAR(128), 
	samples INTEGER NOT NULL, 
	first_sample INTEGER NOT NULL, 
	seed VARCHAR(64) NOT NULL, 
	options JSON NOT NULL, 
	estimate JSON NOT NULL, 
	private BOOLEAN NOT NULL, 
	owner VARCHAR(256), 
	message TEXT NOT NULL, 
	seconds FLOAT, 
	bits_sha256 VARCHAR(64), 
	client JSON NOT NULL, 
	created DATETIME NOT NULL, 
	submitted DATETIME, 
	finished DATETIME, 
	retrieved DATETIME, 
	updated DATETIME NOT NULL, series VARCHAR(32), "after" VARCHAR(32), round INTEGER DEFAULT '0' NOT NULL, rounds INTEGER DEFAULT '1' NOT NULL, series_samples INTEGER, session VARCHAR(128), collected DATETIME, account_name VARCHAR(256), 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT uq_jobs_tag UNIQUE (tag), 
	CONSTRAINT uq_jobs_kind_provider_id UNIQUE (kind, provider_id)
);
INSERT INTO "jobs" VALUES('f94ce5a31cc0433bbde57b826ceadf8a','neuroqgan-f94ce5a31cc0433bbde57b826ceadf8a','aac58bcac18f49b9bd81f2c24a668485',0,1,'096143cc3ddd07814095f0af3bf99d5ded4221671cc7dab4e9e21a566d26e530','planned',2,'fake','fake_nairobi',NULL,NULL,NULL,5,0,'7','{"mitigate": "readout", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 1, "qubits": 4, "tiles": 2, "depth": 18, "two_qubit_gates": 10, "bit_error": 0.07916174995927235, "worst_bit_error": 0.27902266591637104, "parameter_sets": 5, "calibration_shots": 4000, "payload_bytes": 80, "jobs": 1, "circuit_seconds": 5.738666666666665e-05, "rep_delay": 0.00025, "seconds": 3.2310836, "t1": 7.663770042270324e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 4.622933333333332e-05, "kept_of_t1": 0.5151445646854883}',0,'vm/b8005617-db70-4950-8727-3d229e64e958/4026531836:436:5111119','',NULL,NULL,'{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-29 08:32:57.721579',NULL,NULL,NULL,'2026-11-29 08:32:58.025577',NULL,NULL,0,1,9,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('193ba323ec3648838647c0610e5d2c75','neuroqgan-193ba323ec3648838647c0610e5d2c75','9649db24afac4ba19e2ab227561741c8',0,1,'096143cc3ddd07814095f0af3bf99d5ded4221671cc7dab4e9e21a566d26e530','retrieved',4,'fake','fake_nairobi',NULL,NULL,NULL,5,0,'7','{"mitigate": "readout", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 1, "qubits": 4, "tiles": 2, "depth": 18, "two_qubit_gates": 10, "bit_error": 0.07916174995927235, "worst_bit_error": 0.27902266591637104, "parameter_sets": 5, "calibration_shots": 4000, "payload_bytes": 80, "jobs": 1, "circuit_seconds": 5.738666666666665e-05, "rep_delay": 0.00025, "seconds": 3.2310836, "t1": 7.663770042270324e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 4.622933333333332e-05, "kept_of_t1": 0.5151445646854883}',0,NULL,'',NULL,'02ca66adcc037cdeb4cc5ff176828430ba98d5bc660bec2c82e4a315941e0218','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-29 08:32:58.555825',NULL,NULL,'2026-11-29 08:33:00.867408','2026-11-29 08:33:00.867408',NULL,NULL,0,1,9,NULL,NULL,NULL);
CREATE INDEX ix_jobs_request ON jobs (request);
CREATE INDEX ix_jobs_identity ON jobs (identity);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_jobs_run ON jobs (run);
CREATE INDEX ix_jobs_created ON jobs (created);
CREATE INDEX ix_job_events_job ON job_events (job);
CREATE INDEX ix_jobs_series ON jobs (series);
COMMIT;
