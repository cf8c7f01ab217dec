import { archiverChecks } from "../../../src/cluster/findings/archiver.ts";
import { testChecks } from "./cases.ts";
import { archiver } from "../fixtures.ts";
import { viewOf } from "./views.ts";

const failing = archiver({ failedTotal: 7, lastFailedAgeSeconds: 5 });

testChecks(archiverChecks, [
  {
    check: "archiver_failing",
    when: "the last attempt failed",
    view: viewOf({ primary: { archiver: [failing] } }),
    raises: ["warning primary"],
    says: [
      "last failure 5.0 s ago; last success 20.0 s ago; 7 failures in total; 1 files wait (16.0 MiB)",
      "archive_command",
    ],
  },
  {
    check: "archiver_failing",
    when: "it never worked and files pile up",
    view: viewOf({
      primary: {
        archiver: [{ ...failing, lastArchivedAgeSeconds: null }],
        archive_queue: [{ readyFiles: 64 }],
      },
    }),
    raises: ["critical primary"],
    says: ["never archived", "64 files wait (1.0 GiB)"],
  },
  {
    check: "archiver_failing",
    when: "on a standby in mode always only",
    view: viewOf({ standby: { archiver: [{ ...failing, mode: "always" }] } }),
    raises: ["warning standby"],
  },
  {
    check: "archiver_failing",
    when: "not on a standby whose archiver does not run",
    view: viewOf({ standby: { archiver: [failing] } }),
    raises: [],
  },
  {
    check: "archiver_failing",
    when: "not after it worked again, and not when off",
    view: viewOf({ primary: { archiver: [archiver({ failedTotal: 7, lastFailedAgeSeconds: 60 })] } }),
    raises: [],
  },
  {
    check: "archiver_failing",
    when: "not when it is off",
    view: viewOf({ primary: { archiver: [{ ...failing, mode: "off" }] } }),
    raises: [],
  },
  {
    check: "archive_backlog",
    when: "files pile up although it works",
    view: viewOf({ primary: { archive_queue: [{ readyFiles: 100 }] } }),
    raises: ["warning primary"],
    says: ["100 files wait (1.6 GiB); last success 20.0 s ago"],
  },
  {
    check: "archive_backlog",
    when: "not when it fails, which says more",
    view: viewOf({ primary: { archiver: [failing], archive_queue: [{ readyFiles: 100 }] } }),
    raises: [],
  },
]);
