import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { shareRoom } from "../../../src/report/terminal/share_room.ts";

Deno.test("shareRoom() grants all wishes when there is room", () => {
  const wishes = { primaries: 2, rows: 5, sections: [1, 3, 4] };
  assertEquals(shareRoom(60, wishes), { ...wishes, hasHead: true, isSpaced: true });
});

Deno.test("shareRoom() leaves room for sections beside many rows", () => {
  const { rows, sections } = shareRoom(22, { primaries: 1, rows: 100, sections: [0, 9, 9] });
  assertEquals([rows, sections], [12, [0, 2, 2]]);
});

Deno.test("shareRoom() gives rows everything when there are no sections", () => {
  assertEquals(shareRoom(22, { primaries: 1, rows: 100, sections: [0, 0] }).rows, 20);
});

Deno.test("shareRoom() on a small screen grants titles, rows, one section, and the rest to primaries", () => {
  assertEquals(shareRoom(8, { primaries: 3, rows: 3, sections: [1, 3, 3] }), {
    primaries: 2,
    rows: 3,
    sections: [1, 0, 0],
    hasHead: true,
    isSpaced: false,
  });
  assertEquals(shareRoom(1, { primaries: 1, rows: 3, sections: [1] }).rows, 1);
});

Deno.test("shareRoom() never grants more than available or wanted", () => {
  const wishes = fc.record({
    primaries: fc.nat({ max: 9 }),
    rows: fc.nat({ max: 60 }),
    sections: fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
  });
  fc.assert(fc.property(fc.nat({ max: 80 }), wishes, (room, wanted) => {
    const shares = shareRoom(room, wanted);
    const taken = shares.sections.reduce(
      (sum, lines) => sum + (lines === 0 ? 0 : lines + (shares.isSpaced ? 2 : 1)),
      0,
    );
    assert(shares.primaries + shares.rows + (shares.hasHead ? 1 : 0) + taken <= room);
    assert(shares.primaries <= wanted.primaries && shares.rows <= wanted.rows);
    assert(shares.sections.every((lines, index) => lines <= (wanted.sections[index] ?? 0)));
  }));
});
