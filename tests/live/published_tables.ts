/**
 * Tables and publications of any kind.
 *
 * @module
 */

/** Every way to publish a table. */
export const PUBLISHED = `
  CREATE SCHEMA s; CREATE SCHEMA "S ä";
  CREATE TABLE a (id int PRIMARY KEY, b text, c numeric(10,2) NOT NULL, g int GENERATED ALWAYS AS (id * 2) STORED);
  CREATE TABLE no_key (x int);
  CREATE UNLOGGED TABLE unlogged (x int);
  CREATE TABLE s.pt (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (id);
  CREATE TABLE s.pt1 PARTITION OF s.pt FOR VALUES FROM (0) TO (10);
  CREATE TABLE s.pt2 PARTITION OF s.pt FOR VALUES FROM (10) TO (20) PARTITION BY LIST (k);
  CREATE TABLE pt21 PARTITION OF s.pt2 FOR VALUES IN (1);
  CREATE TABLE "S ä"."T ""q""" (id int, u int NOT NULL);
  CREATE TABLE bare (x int) PARTITION BY LIST (x);
  CREATE TABLE bare1 PARTITION OF bare FOR VALUES IN (1);
  CREATE TABLE inner_key (x int) PARTITION BY LIST (x);
  CREATE TABLE inner_key1 PARTITION OF inner_key FOR VALUES IN (1);
  ALTER TABLE inner_key1 REPLICA IDENTITY FULL;
  CREATE UNIQUE INDEX tq ON "S ä"."T ""q""" (u);
  ALTER TABLE "S ä"."T ""q""" REPLICA IDENTITY USING INDEX tq;
  CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE);
  CREATE TABLE whole (id int); ALTER TABLE whole REPLICA IDENTITY FULL;
  CREATE PUBLICATION p_all FOR ALL TABLES;
  CREATE PUBLICATION p_all_root FOR ALL TABLES WITH (publish_via_partition_root = true);
  CREATE PUBLICATION p_part FOR TABLE s.pt, a;
  CREATE PUBLICATION p_part_root FOR TABLE s.pt, s.pt1, pt21 WITH (publish_via_partition_root);
  CREATE PUBLICATION p_leaf FOR TABLE s.pt, s.pt1, no_key WITH (publish = 'insert');
  CREATE PUBLICATION p_none;`;

/** Further ones, from 15 on. */
export const PUBLISHED_SINCE_15 = `
  CREATE PUBLICATION p_schema FOR TABLES IN SCHEMA s;
  CREATE PUBLICATION p_schema_root FOR TABLES IN SCHEMA s, public WITH (publish_via_partition_root);
  CREATE PUBLICATION p_schema_and_table FOR TABLES IN SCHEMA public, TABLE s.pt1;
  CREATE PUBLICATION p_list FOR TABLE a (id, c) WHERE (id > 5), whole WHERE (id > 1);
  CREATE PUBLICATION p_list_root FOR TABLE s.pt (id, k) WHERE (id > 3) WITH (publish_via_partition_root);`;
