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
INSERT INTO "job_events" VALUES(1,'4510728c93744ac188d2f421e9dc29a5','2026-11-28 22:00:25.732698','preparing','created');
INSERT INTO "job_events" VALUES(2,'4510728c93744ac188d2f421e9dc29a5','2026-11-28 22:00:25.755507','planned','everything stored');
INSERT INTO "job_events" VALUES(3,'4510728c93744ac188d2f421e9dc29a5','2026-11-28 22:00:25.767107','running','begun');
INSERT INTO "job_events" VALUES(4,'4510728c93744ac188d2f421e9dc29a5','2026-11-28 22:00:25.815259','retrieved','bits stored');
INSERT INTO "job_events" VALUES(5,'7ee4af0470194414833eb7db5aa8901a','2026-11-28 22:00:25.912014','preparing','created');
INSERT INTO "job_events" VALUES(6,'7ee4af0470194414833eb7db5aa8901a','2026-11-28 22:00:25.959157','planned','everything stored');
INSERT INTO "job_events" VALUES(7,'7ee4af0470194414833eb7db5aa8901a','2026-11-28 22:00:25.979197','running','begun');
INSERT INTO "job_events" VALUES(8,'7ee4af0470194414833eb7db5aa8901a','2026-11-28 22:00:27.176696','retrieved','bits stored');
INSERT INTO "job_events" VALUES(9,'700566420928497f99c8310e726bdcd3','2026-11-28 22:00:27.300583','preparing','created');
INSERT INTO "job_events" VALUES(10,'700566420928497f99c8310e726bdcd3','2026-11-28 22:00:27.326949','planned','everything stored');
INSERT INTO "job_events" VALUES(11,'700566420928497f99c8310e726bdcd3','2026-11-28 22:00:27.335111','running','begun');
INSERT INTO "job_events" VALUES(12,'700566420928497f99c8310e726bdcd3','2026-11-28 22:00:27.815467','retrieved','bits stored');
INSERT INTO "job_events" VALUES(13,'85da52b76f2b4ce086d11063c05d7a90','2026-11-28 22:00:27.895136','preparing','created');
INSERT INTO "job_events" VALUES(14,'85da52b76f2b4ce086d11063c05d7a90','2026-11-28 22:00:27.914969','planned','everything stored');
INSERT INTO "job_events" VALUES(15,'85da52b76f2b4ce086d11063c05d7a90','2026-11-28 22:00:27.919159','running','begun');
INSERT INTO "job_events" VALUES(16,'5e58d6045da2419091d3c20c7b665f23','2026-11-28 22:00:28.699257','preparing','created');
INSERT INTO "job_events" VALUES(17,'5e58d6045da2419091d3c20c7b665f23','2026-11-28 22:00:28.719040','planned','everything stored');
INSERT INTO "job_events" VALUES(18,'f8767d20e7ab4810bb20f1530e99ca8d','2026-11-28 22:00:28.770334','preparing','created');
INSERT INTO "job_events" VALUES(19,'f8767d20e7ab4810bb20f1530e99ca8d','2026-11-28 22:00:28.803048','planned','everything stored');
INSERT INTO "job_events" VALUES(20,'f8767d20e7ab4810bb20f1530e99ca8d','2026-11-28 22:00:28.823494','submitting','sending to ibm_stub');
INSERT INTO "job_events" VALUES(21,'f8767d20e7ab4810bb20f1530e99ca8d','2026-11-28 22:00:28.835430','queued','the service has it');
INSERT INTO "job_events" VALUES(22,'f8767d20e7ab4810bb20f1530e99ca8d','2026-11-28 22:00:28.839199','running','as the service says');
INSERT INTO "job_events" VALUES(23,'59389a33280b46398ab4abad58d08bbe','2026-11-28 22:00:28.855571','preparing','created');
INSERT INTO "job_events" VALUES(24,'59389a33280b46398ab4abad58d08bbe','2026-11-28 22:00:28.879001','planned','everything stored');
INSERT INTO "job_events" VALUES(25,'59389a33280b46398ab4abad58d08bbe','2026-11-28 22:00:28.883034','running','begun');
INSERT INTO "job_events" VALUES(26,'59389a33280b46398ab4abad58d08bbe','2026-11-28 22:00:28.907063','retrieved','bits stored');
INSERT INTO "job_events" VALUES(27,'3a79a8c3797746d197c6f9e5efcbcc16','2026-11-28 22:00:28.929964','preparing','created');
INSERT INTO "job_events" VALUES(28,'3a79a8c3797746d197c6f9e5efcbcc16','2026-11-28 22:00:28.971876','planned','everything stored');
INSERT INTO "job_events" VALUES(29,'3a79a8c3797746d197c6f9e5efcbcc16','2026-11-28 22:00:28.983152','running','begun');
INSERT INTO "job_events" VALUES(30,'3a79a8c3797746d197c6f9e5efcbcc16','2026-11-28 22:00:28.991665','retrieved','bits stored');
INSERT INTO "job_events" VALUES(31,'3f21998356bb4fd2904b2218a61e78fa','2026-11-28 22:00:29.002046','preparing','created');
INSERT INTO "job_events" VALUES(32,'3f21998356bb4fd2904b2218a61e78fa','2026-11-28 22:00:29.023055','planned','everything stored');
INSERT INTO "job_events" VALUES(33,'3f21998356bb4fd2904b2218a61e78fa','2026-11-28 22:00:29.027112','running','begun');
INSERT INTO "job_events" VALUES(34,'3f21998356bb4fd2904b2218a61e78fa','2026-11-28 22:00:29.051275','retrieved','bits stored');
INSERT INTO "job_events" VALUES(35,'006da274892c49efafa47fa9300fdd28','2026-11-28 22:00:29.071561','preparing','created');
INSERT INTO "job_events" VALUES(36,'006da274892c49efafa47fa9300fdd28','2026-11-28 22:00:29.102945','planned','everything stored');
INSERT INTO "job_events" VALUES(37,'006da274892c49efafa47fa9300fdd28','2026-11-28 22:00:29.115070','running','begun');
INSERT INTO "job_events" VALUES(38,'006da274892c49efafa47fa9300fdd28','2026-11-28 22:00:29.141280','retrieved','bits stored');
INSERT INTO "job_events" VALUES(39,'6d3bac96c8ab4e148fcff375caa1eab1','2026-11-28 22:00:29.238983','preparing','created');
INSERT INTO "job_events" VALUES(40,'6d3bac96c8ab4e148fcff375caa1eab1','2026-11-28 22:00:29.262996','planned','everything stored');
INSERT INTO "job_events" VALUES(41,'6d3bac96c8ab4e148fcff375caa1eab1','2026-11-28 22:00:29.267092','running','begun');
INSERT INTO "job_events" VALUES(42,'6d3bac96c8ab4e148fcff375caa1eab1','2026-11-28 22:00:29.571331','retrieved','bits stored');
INSERT INTO "job_events" VALUES(43,'92d58290d817423aad43f8bd204956f4','2026-11-28 22:00:29.590269','preparing','created');
INSERT INTO "job_events" VALUES(44,'92d58290d817423aad43f8bd204956f4','2026-11-28 22:00:29.610974','planned','everything stored');
INSERT INTO "job_events" VALUES(45,'92d58290d817423aad43f8bd204956f4','2026-11-28 22:00:29.615045','running','begun');
INSERT INTO "job_events" VALUES(46,'92d58290d817423aad43f8bd204956f4','2026-11-28 22:00:29.721047','retrieved','bits stored');
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
INSERT INTO "jobs" VALUES('4510728c93744ac188d2f421e9dc29a5','neuroqgan-4510728c93744ac188d2f421e9dc29a5','5fa318f7b3384276a861129f478a5b8a',0,1,'06c106bef9fb55631751e110487ce8638d314c6ee2d6e78070802103e4879e6c','retrieved',4,'aer','aer',NULL,NULL,NULL,5,0,'7','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{}',0,NULL,'',NULL,'1f458b5a95a49031be9a78607461bc199aee0f5e6b2bb8b860586ca673c7c3c2','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:25.732698',NULL,NULL,'2026-11-28 22:00:25.815259','2026-11-28 22:00:25.815259',NULL,NULL,0,1,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('7ee4af0470194414833eb7db5aa8901a','neuroqgan-7ee4af0470194414833eb7db5aa8901a','ebb60c0347694b50a9ff608d4b87f218',0,1,'f02a10f1f6c542319c1b65657de3fffca8e267c4fda75066ea392d5a75db350c','retrieved',4,'fake','fake_nairobi',NULL,NULL,NULL,5,0,'7','{"mitigate": "readout", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 2, "qubits": 6, "tiles": 2, "depth": 16, "two_qubit_gates": 4, "bit_error": 0.02694036470434739, "worst_bit_error": 0.03342114729651601, "parameter_sets": 10, "calibration_shots": 8000, "payload_bytes": 720, "jobs": 1, "circuit_seconds": 6.4e-06, "rep_delay": 0.00025, "seconds": 4.053764, "t1": 7.494187944204908e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 6.4e-06, "kept_of_t1": 0.0853995128978448}',0,NULL,'',NULL,'40535f7b8a33a63176d356bb5d194a9cb9c72310501701bb880c1b71589c365c','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:25.912014',NULL,NULL,'2026-11-28 22:00:27.176696','2026-11-28 22:00:27.176696',NULL,NULL,0,1,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('700566420928497f99c8310e726bdcd3','neuroqgan-700566420928497f99c8310e726bdcd3','f0ebf4acddfc4694ba07d353d208b33f',0,1,'fd0e32e6d188b67bd86caae579c5d68251507df9d6d38881eaddc3d6a967d296','retrieved',4,'fake','fake_nairobi',NULL,NULL,NULL,2,0,'7','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 1, "qubits": 4, "tiles": 2, "depth": 35, "two_qubit_gates": 10, "bit_error": 0.07971811301316065, "worst_bit_error": 0.28039199814645943, "parameter_sets": 2, "calibration_shots": 0, "payload_bytes": 320, "jobs": 1, "circuit_seconds": 5.770666666666665e-05, "rep_delay": 0.00025, "seconds": 2.000615413333333, "t1": 7.663770042270324e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 4.647822222222221e-05, "kept_of_t1": 0.5179373248719802}',0,NULL,'',NULL,'68d6ff051b7ff8ab061524b9b2785efb793705d7c01c323514b4168bf8be03d2','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:27.300583',NULL,NULL,'2026-11-28 22:00:27.815467','2026-11-28 22:00:27.815467',NULL,NULL,0,1,4,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('85da52b76f2b4ce086d11063c05d7a90','neuroqgan-85da52b76f2b4ce086d11063c05d7a90','285c97d2b7a041b69f4f9249e760622e',0,1,'ddb50b0e2d2e68e5adcc1c78a1a19edf780542ec60fda7d98132e6d4ef06ec3b','running',4,'fake','fake_nairobi',NULL,NULL,NULL,5,0,'7','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 2, "qubits": 6, "tiles": 2, "depth": 16, "two_qubit_gates": 4, "bit_error": 0.02694036470434739, "worst_bit_error": 0.03342114729651601, "parameter_sets": 10, "calibration_shots": 0, "payload_bytes": 720, "jobs": 1, "circuit_seconds": 6.4e-06, "rep_delay": 0.00025, "seconds": 2.002564, "t1": 7.494187944204908e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 6.4e-06, "kept_of_t1": 0.0853995128978448}',0,NULL,'',NULL,NULL,'{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:27.895136',NULL,NULL,NULL,'2026-11-28 22:00:28.069578',NULL,NULL,0,1,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('5e58d6045da2419091d3c20c7b665f23','neuroqgan-5e58d6045da2419091d3c20c7b665f23','0a6384d70d5d4d9a8e33fae02f3f7dbf',0,1,'54d3e533871d9436d70e9250760cc3606e48022231a030a8122bc11f25702972','planned',3,'ibm','ibm_stub',NULL,NULL,NULL,4,0,'7','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 2, "qubits": 6, "tiles": 2, "depth": 16, "two_qubit_gates": 4, "bit_error": 0.02694036470434739, "worst_bit_error": 0.03342114729651601, "parameter_sets": 8, "calibration_shots": 0, "payload_bytes": 576, "jobs": 1, "circuit_seconds": 6.4e-06, "rep_delay": 0.00025, "seconds": 2.0020512, "t1": 7.494187944204908e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 6.4e-06, "kept_of_t1": 0.0853995128978448}',0,NULL,'',NULL,NULL,'{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:28.699257',NULL,NULL,NULL,'2026-11-28 22:00:28.727150',NULL,NULL,0,1,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('f8767d20e7ab4810bb20f1530e99ca8d','neuroqgan-f8767d20e7ab4810bb20f1530e99ca8d','5ee2ad0012114aa98af43e41229325fd',0,1,'3ff43d72b3c82b07ee3772e7391735c63d89e439933ce6d98f37c53717113166','running',5,'ibm','ibm_stub','stub0','a/0000',NULL,6,0,'7','{"mitigate": "readout", "dynamical_decoupling": null, "twirling": "both", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 2, "qubits": 6, "tiles": 2, "depth": 16, "two_qubit_gates": 4, "bit_error": 0.02694036470434739, "worst_bit_error": 0.03342114729651601, "parameter_sets": 12, "calibration_shots": 8000, "payload_bytes": 864, "jobs": 1, "circuit_seconds": 6.4e-06, "rep_delay": 0.00025, "seconds": 4.0542768, "t1": 7.494187944204908e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 6.4e-06, "kept_of_t1": 0.0853995128978448}',0,NULL,'',1.5,NULL,'{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:28.770334','2026-11-28 22:00:28.823494',NULL,NULL,'2026-11-28 22:00:28.839199',NULL,NULL,0,1,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('59389a33280b46398ab4abad58d08bbe','neuroqgan-59389a33280b46398ab4abad58d08bbe','eec99c605ee64f81af46db38e19ce4dd',0,1,'5eb299d47763b3082f747ddb43060a32ea2d1372e861a4be2cce2a7b62d99e62','retrieved',4,'aer','aer',NULL,NULL,'mine',8,0,'0','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{}',0,NULL,'',NULL,'68e06b9a1f00e392205768e9a73342f86fdcfd663194c6e9ef8778ce4451b437','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:28.855571',NULL,NULL,'2026-11-28 22:00:28.907063','2026-11-28 22:00:28.907063','eec99c605ee64f81af46db38e19ce4dd',NULL,0,4,8,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('3a79a8c3797746d197c6f9e5efcbcc16','neuroqgan-3a79a8c3797746d197c6f9e5efcbcc16','78f4eb67be2b416d90e80b892e3b5238',0,1,'b171d4872a82c136be9121f8bc02581b45874df91f99f1b84fecc7db2b362909','retrieved',4,'aer','aer',NULL,NULL,'mine',8,0,'0','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{}',0,NULL,'',NULL,'2945ce88408490d1134764fc7526f5249693fc4d8355ea877e51da70e589dd23','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:28.929964',NULL,NULL,'2026-11-28 22:00:28.991665','2026-11-28 22:00:28.991665','eec99c605ee64f81af46db38e19ce4dd','eec99c605ee64f81af46db38e19ce4dd',1,4,8,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('3f21998356bb4fd2904b2218a61e78fa','neuroqgan-3f21998356bb4fd2904b2218a61e78fa','0cb6e7e7bf5349f8acb9c605c97044b1',0,1,'7949d10005d4c842affb47ab32d34c5d1a1ddcbce0ff5091548193c72d29e2d3','retrieved',4,'aer','aer',NULL,NULL,'mine',8,0,'0','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{}',0,NULL,'',NULL,'fda44ea5bbe3fa0385d17950f15e6fdebd00f0df2c462be9ddfe1f9f2912f841','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:29.002046',NULL,NULL,'2026-11-28 22:00:29.051275','2026-11-28 22:00:29.051275','eec99c605ee64f81af46db38e19ce4dd','78f4eb67be2b416d90e80b892e3b5238',2,4,8,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('006da274892c49efafa47fa9300fdd28','neuroqgan-006da274892c49efafa47fa9300fdd28','3d2feb3e8dd94636859c52c621a6b36a',0,1,'1a3c8fcef773108e72e9b68067aa71a8bdd15ed974a86d0af597de02f9fe1e6c','retrieved',4,'aer','aer',NULL,NULL,'mine',8,0,'0','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{}',0,NULL,'',NULL,'1e097518864030c133d2b0ab2cdc366dc1187b55c752127f5f3f62c71ee2c8ce','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:29.071561',NULL,NULL,'2026-11-28 22:00:29.141280','2026-11-28 22:00:29.141280','eec99c605ee64f81af46db38e19ce4dd','0cb6e7e7bf5349f8acb9c605c97044b1',3,4,8,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('6d3bac96c8ab4e148fcff375caa1eab1','neuroqgan-6d3bac96c8ab4e148fcff375caa1eab1','2f8aea0b96fb4a149ee8f94f88e238b2',0,1,'72e8da84ac4d821bc3b570a34e0816643d5e04969747c1a33771db89a83298a8','retrieved',4,'fake','fake_nairobi',NULL,NULL,'mine',4,0,'0','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 1, "qubits": 6, "tiles": 2, "depth": 16, "two_qubit_gates": 4, "bit_error": 0.027533909233251715, "worst_bit_error": 0.03342114729651601, "parameter_sets": 4, "calibration_shots": 0, "payload_bytes": 384, "jobs": 1, "circuit_seconds": 6.4e-06, "rep_delay": 0.00025, "seconds": 2.0010256, "t1": 7.494187944204908e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 6.4e-06, "kept_of_t1": 0.0853995128978448}',0,NULL,'',NULL,'c4fe235c4f4bd96fe9cf9c033dccf3596a49b1263452640deb4b9687fa339571','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:29.238983',NULL,NULL,'2026-11-28 22:00:29.571331','2026-11-28 22:00:29.571331','2f8aea0b96fb4a149ee8f94f88e238b2',NULL,0,4,8,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('92d58290d817423aad43f8bd204956f4','neuroqgan-92d58290d817423aad43f8bd204956f4','250076c7940b4a8697bebd915a69f25a',0,1,'a52fd3db2fe00a6738804bf95c9a3d1d1b6f343e32f57d6037bdf84589ca5f59','retrieved',4,'fake','fake_nairobi',NULL,NULL,'mine',4,0,'0','{"mitigate": "none", "dynamical_decoupling": null, "twirling": "none", "fractional_gates": false, "rep_delay": null, "max_execution_time": null, "private": false, "tiles": null, "second_readers": 0}','{"pages": 1, "qubits": 6, "tiles": 2, "depth": 16, "two_qubit_gates": 4, "bit_error": 0.027533909233251715, "worst_bit_error": 0.03342114729651601, "parameter_sets": 4, "calibration_shots": 0, "payload_bytes": 384, "jobs": 1, "circuit_seconds": 6.4e-06, "rep_delay": 0.00025, "seconds": 2.0010256, "t1": 7.494187944204908e-05, "t2": 1.2042600525667421e-05, "kept_seconds": 6.4e-06, "kept_of_t1": 0.0853995128978448}',0,NULL,'',NULL,'6213fe6ad6c9bd19a5e02278f21154128950fd62d4f05884413b71159cb68c12','{"neuroqgan": "0.1.0", "qiskit": "2.6.2", "qiskit-aer": "0.18.2", "qiskit-ibm-runtime": "0.51.0"}','2026-11-28 22:00:29.590269',NULL,NULL,'2026-11-28 22:00:29.721047','2026-11-28 22:00:29.721047','2f8aea0b96fb4a149ee8f94f88e238b2','2f8aea0b96fb4a149ee8f94f88e238b2',1,4,8,NULL,NULL,NULL);
CREATE INDEX ix_jobs_request ON jobs (request);
CREATE INDEX ix_jobs_identity ON jobs (identity);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_jobs_run ON jobs (run);
CREATE INDEX ix_jobs_created ON jobs (created);
CREATE INDEX ix_job_events_job ON job_events (job);
CREATE INDEX ix_jobs_series ON jobs (series);
COMMIT;
