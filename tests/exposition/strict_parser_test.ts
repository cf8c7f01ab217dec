import { assertEquals, assertThrows } from "@std/assert";
import { parseOpenMetricsPage, parseTextPage } from "./strict_parser.ts";

Deno.test("parseTextPage() reads what the specification shows", () => {
  const page = "# HELP http_requests_total The total number of HTTP requests.\n" +
    "# TYPE http_requests_total counter\n" +
    'http_requests_total{method="post",code="200"} 1027\n' +
    'http_requests_total{method="post",code="400"} 3\n' +
    "# TYPE something_weird gauge\n" +
    'something_weird{problem="division by zero\\n\\"C:\\\\DIR\\""} +Inf\n';
  assertEquals(parseTextPage(page), [
    {
      name: "http_requests_total",
      type: "counter",
      unit: "",
      help: "The total number of HTTP requests.",
      samples: [
        { name: "http_requests_total", labels: new Map([["method", "post"], ["code", "200"]]), value: 1027 },
        { name: "http_requests_total", labels: new Map([["method", "post"], ["code", "400"]]), value: 3 },
      ],
    },
    {
      name: "something_weird",
      type: "gauge",
      unit: "",
      help: "",
      samples: [{
        name: "something_weird",
        labels: new Map([["problem", 'division by zero\n"C:\\DIR"']]),
        value: Infinity,
      }],
    },
  ]);
  assertEquals(parseTextPage(""), []);
});

Deno.test("parseOpenMetricsPage() reads what the specification shows", () => {
  const page = "# TYPE foo_seconds counter\n# UNIT foo_seconds seconds\n" +
    '# HELP foo_seconds Some text and \\n some \\" escaping\n' +
    "foo_seconds_total 17.0\n# TYPE bar info\n" +
    'bar_info{name="pretty name",version="8.2.7"} 1\n# EOF\n';
  assertEquals(parseOpenMetricsPage(page), [
    {
      name: "foo_seconds",
      type: "counter",
      unit: "seconds",
      help: 'Some text and \n some " escaping',
      samples: [{ name: "foo_seconds_total", labels: new Map(), value: 17 }],
    },
    {
      name: "bar",
      type: "info",
      unit: "",
      help: "",
      samples: [{
        name: "bar_info",
        labels: new Map([["name", "pretty name"], ["version", "8.2.7"]]),
        value: 1,
      }],
    },
  ]);
  assertEquals(parseOpenMetricsPage("# EOF\n"), []);
});

const GAUGE = "# TYPE x gauge\n";
const HISTOGRAM = "# TYPE x histogram\n";

/** Pages of text format 0.0.4 with one fault each. */
const BROKEN_TEXT: Readonly<Record<string, string>> = {
  "no line feed at the end": `${GAUGE}x 1`,
  "blank line": `${GAUGE}x 1\n\n`,
  "carriage return": `${GAUGE}x 1\r\n`,
  "byte order mark": `\uFEFF${GAUGE}x 1\n`,
  "comment": `# something\n${GAUGE}x 1\n`,
  "histogram without +Inf": `${HISTOGRAM}x_bucket{le="1.0"} 1\nx_sum 1\nx_count 1\n`,
  "histogram that falls": `${HISTOGRAM}x_bucket{le="1.0"} 2\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n`,
  "histogram with another count": `${HISTOGRAM}x_bucket{le="+Inf"} 1\nx_sum 1\nx_count 2\n`,
  "histogram with a whole number as bound":
    `${HISTOGRAM}x_bucket{le="1"} 1\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n`,
  "histogram whose bounds fall":
    `${HISTOGRAM}x_bucket{le="2.0"} 1\nx_bucket{le="1.0"} 1\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n`,
  "histogram without sum": `${HISTOGRAM}x_bucket{le="+Inf"} 1\nx_count 1\n`,
  "no TYPE": "# HELP x Help\nx 1\n",
  "unknown TYPE": "# TYPE x gouge\nx 1\n",
  "TYPE of info": "# TYPE x_info info\nx_info 1\n",
  "two TYPEs": `${GAUGE}${GAUGE}x 1\n`,
  "TYPE before HELP": `${GAUGE}# HELP x Help\nx 1\n`,
  "UNIT line": `${GAUGE}# UNIT x seconds\nx 1\n`,
  "no samples": `${GAUGE}`,
  "no samples before the next family": `# HELP y Help\n${GAUGE}x 1\n`,
  "sample of another family": `${GAUGE}y 1\n`,
  "family in two groups": `${GAUGE}x{a="1"} 1\n# TYPE y gauge\ny 1\n${GAUGE}x{a="2"} 1\n`,
  "duplicate sample": `${GAUGE}x{a="1"} 1\nx{a="1"} 2\n`,
  "duplicate sample in another label order": `${GAUGE}x{a="1",b="2"} 1\nx{b="2",a="1"} 2\n`,
  "duplicate sample by an empty label": `${GAUGE}x{a="1",b=""} 1\nx{a="1"} 2\n`,
  "duplicate label": `${GAUGE}x{a="1",a="2"} 1\n`,
  "bare quote": `${GAUGE}x{a="1"2"} 1\n`,
  "open quote": `${GAUGE}x{a="1} 1\n`,
  "backslash before the quote": `${GAUGE}x{a="1\\"} 1\n`,
  "unknown escape": `${GAUGE}x{a="\\t"} 1\n`,
  "unknown escape in HELP": `# HELP x say \\"hi\\"\n${GAUGE}x 1\n`,
  "raw line feed in a label": `${GAUGE}x{a="1\n2"} 1\n`,
  "no label name": `${GAUGE}x{="1"} 1\n`,
  "label name with a dash": `${GAUGE}x{a-b="1"} 1\n`,
  "no quotes": `${GAUGE}x{a=1} 1\n`,
  "empty braces": `${GAUGE}x{} 1\n`,
  "trailing comma": `${GAUGE}x{a="1",} 1\n`,
  "no value": `${GAUGE}x\n`,
  "two spaces": `${GAUGE}x  1\n`,
  "space at the end": `${GAUGE}x 1 \n`,
  "timestamp": `${GAUGE}x 1 1395066363000\n`,
  "Infinity": `${GAUGE}x Infinity\n`,
  "Nan": `${GAUGE}x Nan\n`,
  "hexadecimal": `${GAUGE}x 0x1p-2\n`,
  "comma in a number": `${GAUGE}x 1,5\n`,
  "undefined": `${GAUGE}x undefined\n`,
  "negative counter": "# TYPE x_total counter\nx_total -1\n",
  "name with a dash": "# TYPE x-y gauge\nx-y 1\n",
};

for (const [fault, page] of Object.entries(BROKEN_TEXT)) {
  Deno.test(`parseTextPage() refuses: ${fault}`, () => {
    assertThrows(() => parseTextPage(page), SyntaxError);
  });
}

/** Pages of OpenMetrics 1.0 with one fault each. */
const BROKEN_OPENMETRICS: Readonly<Record<string, string>> = {
  "empty": "",
  "no EOF": `${GAUGE}x 1\n`,
  "EOF without a line feed": `${GAUGE}x 1\n# EOF`,
  "text after EOF": `${GAUGE}x 1\n# EOF\nx 1\n`,
  "two EOFs": `${GAUGE}x 1\n# EOF\n# EOF\n`,
  "EOF on the last line": `${GAUGE}x 1# EOF\n`,
  "HELP before TYPE": `# HELP x Help\n${GAUGE}x 1\n# EOF\n`,
  "HELP before UNIT": "# TYPE x_bytes gauge\n# HELP x_bytes Help\n# UNIT x_bytes bytes\nx_bytes 1\n# EOF\n",
  "unit that is not the suffix": "# TYPE x gauge\n# UNIT x bytes\nx 1\n# EOF\n",
  "unit of an info": "# TYPE x_bytes info\n# UNIT x_bytes bytes\nx_bytes_info 1\n# EOF\n",
  "bare quote in HELP": `${GAUGE}# HELP x say "hi"\nx 1\n# EOF\n`,
  "counter named _total": "# TYPE x_total counter\nx_total 1\n# EOF\n",
  "counter sample without _total": "# TYPE x counter\nx 1\n# EOF\n",
  "NaN counter": "# TYPE x counter\nx_total NaN\n# EOF\n",
  "negative counter": "# TYPE x counter\nx_total -1\n# EOF\n",
  "info sample without _info": "# TYPE x info\nx 1\n# EOF\n",
  "info of 2": "# TYPE x info\nx_info 2\n# EOF\n",
  "gauge that clashes with a counter":
    "# TYPE x counter\nx_total 1\n# TYPE x_created gauge\nx_created 1\n# EOF\n",
  "gauge that clashes with a counter's name": "# TYPE x counter\nx_total 1\n# TYPE x gauge\nx 1\n# EOF\n",
  "label with a leading underscore": `${GAUGE}x{_a="1"} 1\n# EOF\n`,
  "untyped": "# TYPE x untyped\nx 1\n# EOF\n",
  "blank line": `${GAUGE}x 1\n\n# EOF\n`,
};

for (const [fault, page] of Object.entries(BROKEN_OPENMETRICS)) {
  Deno.test(`parseOpenMetricsPage() refuses: ${fault}`, () => {
    assertThrows(() => parseOpenMetricsPage(page), SyntaxError);
  });
}
