import { assertEquals } from "@std/assert";
import type { EffectiveConfig } from "../../../src/cli/check_config/effective_config.ts";
import { renderEffectiveConfig } from "../../../src/cli/check_config/render_config.ts";

const LONG = "/etc/pg-replication-exporter/config.yml";

const CONFIG: EffectiveConfig = {
  file: LONG,
  settings: [
    { name: "collect.interval", values: ["15s"], source: "default" },
    { name: "web.listen-address", values: [":9188", "[::1]:9189"], source: "PGREPL_WEB_LISTEN_ADDRESS" },
    { name: "state.file", values: [], source: "default" },
  ],
  clusters: [],
  servers: [{
    name: "orders-a",
    cluster: "orders",
    dsn: "",
    password: "",
    labels: { team: "shop", datacenter: "fra1" },
    source: `${LONG}:6:17`,
    parameters: [
      { name: "host", value: "db1.example", source: `${LONG}:6:33` },
      { name: "user", value: "monitor\x1b[2J", source: "POSTGRES_USER" },
      {
        name: "password",
        value: "***",
        source: "systemd credential orders-a.password (/run/credentials/exporter.service/orders-a.password)",
      },
      { name: "sslmode", value: "verify-full", source: "default" },
      { name: "sslrootcert", value: "/home/m/.postgresql/root.crt", source: "default" },
      { name: "sslcert", value: null, source: "default" },
      { name: "channel_binding", value: "prefer", source: "default" },
      { name: "connect_timeout", value: "0", source: "default" },
    ],
  }],
  probe: null,
};

Deno.test("renderEffectiveConfig() fits 80 columns except for longer words, and writes no control characters", () => {
  assertEquals(
    renderEffectiveConfig(CONFIG),
    `Configuration file: /etc/pg-replication-exporter/config.yml

Servers
  orders-a
    from /etc/pg-replication-exporter/config.yml:6:17, cluster orders,
    team="shop", datacenter="fra1"
    host         db1.example  /etc/pg-replication-exporter/config.yml:6:33
    user         monitor?[2J  POSTGRES_USER
    password     ***
                 from systemd credential orders-a.password
                 (/run/credentials/exporter.service/orders-a.password)
    sslmode      verify-full  default
    sslrootcert  /home/m/.postgresql/root.crt  default

  Defaults of other parameters: channel_binding=prefer, connect_timeout=0

Settings
  NAME                VALUE              SOURCE
  collect.interval    15s                default
  web.listen-address  :9188, [::1]:9189  PGREPL_WEB_LISTEN_ADDRESS
  state.file          -                  default
`,
  );
});

Deno.test("renderEffectiveConfig() omits empty sections", () => {
  assertEquals(
    renderEffectiveConfig({ ...CONFIG, file: null, servers: [], settings: CONFIG.settings.slice(0, 1) }),
    `Configuration file: none

Settings
  NAME              VALUE  SOURCE
  collect.interval  15s    default
`,
  );
});
