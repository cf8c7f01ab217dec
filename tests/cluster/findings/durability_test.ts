import { durabilityChecks } from "../../../src/cluster/findings/durability.ts";
import { testChecks } from "./cases.ts";
import { settings, wal } from "../fixtures.ts";
import { viewOf } from "./views.ts";

const off = [
  settings({ fsync: false, fullPageWrites: false, dataChecksums: false }),
];

testChecks(durabilityChecks, [
  {
    check: "fsync_off",
    when: "on the primary, once",
    view: viewOf({ primary: { settings: off }, standby: { settings: off } }),
    raises: ["warning primary"],
    says: ["fsync = off", 'On "primary": ALTER SYSTEM SET fsync = on'],
  },
  { check: "fsync_off", when: "not when on", view: viewOf(), raises: [] },
  {
    check: "full_page_writes_off",
    when: "off",
    view: viewOf({ primary: { settings: off } }),
    raises: ["warning primary"],
  },
  { check: "full_page_writes_off", when: "not when on", view: viewOf(), raises: [] },
  {
    check: "checksums_off",
    when: "off",
    view: viewOf({ primary: { settings: off } }),
    raises: ["info primary"],
    says: ["pg_checksums --enable"],
  },
  { check: "checksums_off", when: "not when on", view: viewOf(), raises: [] },
  {
    check: "wal_level_minimal",
    when: "with standbys expected",
    view: viewOf({ primary: { wal: [wal({ level: "minimal" })] } }),
    raises: ["critical primary"],
    says: ["1 standbys expected", "ALTER SYSTEM SET wal_level = replica"],
  },
  {
    check: "wal_level_minimal",
    when: "with none expected",
    view: viewOf({ primary: { wal: [wal({ level: "minimal" })] }, cluster: { expectedStandbys: 0 } }),
    raises: ["warning primary"],
  },
  { check: "wal_level_minimal", when: "not at replica", view: viewOf(), raises: [] },
]);
