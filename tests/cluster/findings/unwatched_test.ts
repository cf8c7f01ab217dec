import { unwatchedChecks } from "../../../src/cluster/findings/unwatched.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

testChecks(unwatchedChecks, [
  { check: "not_discovered", when: "not without discovery", view: viewOf(), raises: [] },
  {
    check: "not_discovered",
    when: "not when all are watched",
    view: { ...viewOf(), unwatched: [] },
    raises: [],
  },
  {
    check: "not_discovered",
    when: "the upstream of a standby cannot be reached",
    view: {
      ...viewOf(),
      unwatched: [{
        seenBy: "standby",
        isUpstream: true,
        names: [],
        host: "db1",
        ports: [5432],
        because: "No such host",
      }],
    },
    raises: ["warning standby upstream db1 port 5432"],
    says: ['The upstream of "standby"', "it receives from db1 port 5432; No such host", "--server"],
  },
  {
    check: "not_discovered",
    when: "the port of two standbys is unknown",
    view: {
      ...viewOf(),
      unwatched: [{
        seenBy: "primary",
        isUpstream: false,
        names: ["b", "c"],
        host: "10.0.0.1",
        ports: [],
        because: "Its port is unknown",
      }],
    },
    raises: ["info primary 10.0.0.1"],
    says: ['"b", "c" of "primary"', "--discover-port"],
  },
  {
    check: "not_discovered",
    when: "a standby is not found at the ports that are known",
    view: {
      ...viewOf(),
      unwatched: [{
        seenBy: "primary",
        isUpstream: false,
        names: ["b"],
        host: "10.0.0.2",
        ports: [5432, 5433],
        because: "Nothing listens there",
      }],
    },
    raises: ["info primary 10.0.0.2 port 5432, 5433"],
    says: ["port 5432, 5433 was tried", "name its port with --discover-port"],
  },
]);
