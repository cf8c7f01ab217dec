/**
 * Reads the repository and its modules for the checks in this folder.
 *
 * The checks themselves are pure functions of these facts, so that each can be tested with a planted violation.
 *
 * @module
 */

/** Root of the repository, ends with `/`. */
export const ROOT = new URL("../../", import.meta.url).pathname;

/** One file of the repository. */
export interface TextFile {
  /** Path from the root. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** One import or re-export of a module. */
export interface Import {
  /** The text between the quotes. */
  readonly specifier: string;
  /** Imported names; `*` for all of them. */
  readonly names: readonly string[];
}

/** Facts about a module for the checks. */
export interface ModuleFacts {
  /** Path from the root. */
  readonly path: string;
  /** Its imports, also dynamic ones, re-exports and type imports. */
  readonly imports: readonly Import[];
  /** Names it exports. */
  readonly exports: readonly string[];
  /** Names of its top-level functions, constants, classes, interfaces and types, exported or not, each once. */
  readonly declarations: readonly string[];
  /** Casts and `any`, as written, without `as const`. */
  readonly casts: readonly string[];
  /** Members of `Deno` and `process` it uses: `Deno.args`, `process.env`. */
  readonly globals: readonly string[];
  /** Whether it contains a function or a class; types and tables need no test. */
  readonly hasCode: boolean;
  /** Whether it has an `@module` paragraph. */
  readonly hasModuleDoc: boolean;
  /** How often each identifier occurs. */
  readonly identifiers: ReadonlyMap<string, number>;
}

const SKIPPED = new Set([".git", "dist", "coverage", "node_modules"]);

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(ROOT + folder)) {
    const path = folder + entry.name;
    // In a worktree of git, `.git` is a file.
    if (SKIPPED.has(entry.name)) continue;
    if (entry.isDirectory) yield* walk(`${path}/`);
    else if (entry.isFile && !/\.log$/.test(entry.name)) yield path;
  }
}

/**
 * Every text file of the repository.
 *
 * @param under Only files whose path begins with this.
 */
export async function readTree(under = ""): Promise<readonly TextFile[]> {
  const files: TextFile[] = [];
  for await (const path of walk("")) {
    if (!path.startsWith(under)) continue;
    // The bytes of an image may look like any text.
    files.push({ path, text: path.endsWith(".png") ? "" : await Deno.readTextFile(ROOT + path) });
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Every TypeScript module of the repository, parsed by Deno. */
export async function readModules(): Promise<readonly ModuleFacts[]> {
  return (await readTree()).filter(({ path }) => path.endsWith(".ts")).map(parseModule);
}

interface Named {
  readonly type: string;
  readonly name?: unknown;
  readonly value?: unknown;
}

function nameOf(node: Named): string {
  return String(node.type === "Identifier" ? node.name : node.value);
}

function isHost(node: Deno.lint.Node | null): node is Deno.lint.Identifier {
  return node?.type === "Identifier" && (node.name === "Deno" || node.name === "process");
}

/** Names that a pattern binds. */
function boundNames(pattern: Deno.lint.Node | null): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((one) => boundNames(one.type === "Property" ? one.value : one));
    case "ArrayPattern":
      return pattern.elements.flatMap(boundNames);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

/** Names that a declaration binds. */
function declaredNames(declaration: Deno.lint.Node): string[] {
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }) => boundNames(id));
  }
  if ("id" in declaration && declaration.id !== null && declaration.id?.type === "Identifier") {
    return [declaration.id.name];
  }
  return [];
}

/**
 * Reads one module. Works only with `deno test`, whose linter parses it.
 *
 * @param file Path and source text.
 */
export function parseModule(file: TextFile): ModuleFacts {
  const imports: Import[] = [];
  const exports: string[] = [];
  const declarations = new Set<string>();
  const casts: string[] = [];
  const globals: string[] = [];
  let hasCode = false;
  const identifiers = new Map<string, number>();
  const visitor: Deno.lint.LintVisitor = {
    Program({ body }) {
      for (const statement of body) {
        const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
        if (declaration !== null) { for (const name of declaredNames(declaration)) declarations.add(name); }
      }
    },
    ImportDeclaration({ source, specifiers }) {
      const names = specifiers.map((one) => one.type === "ImportSpecifier" ? nameOf(one.imported) : "*");
      imports.push({ specifier: source.value, names });
    },
    ImportExpression({ source }) {
      imports.push({
        specifier: source.type === "Literal" ? String(source.value) : "(computed)",
        names: ["*"],
      });
    },
    TSImportType({ argument }) {
      const literal = argument.type === "TSLiteralType" ? argument.literal : null;
      imports.push({
        specifier: literal?.type === "Literal" ? String(literal.value) : "(computed)",
        names: ["*"],
      });
    },
    ExportAllDeclaration({ source }) {
      imports.push({ specifier: source.value, names: ["*"] });
      exports.push("*");
    },
    ExportDefaultDeclaration() {
      exports.push("default");
    },
    ExportNamedDeclaration({ declaration, specifiers, source }) {
      if (declaration !== null) exports.push(...declaredNames(declaration));
      exports.push(...specifiers.map(({ exported }) => nameOf(exported)));
      if (source !== null) {
        imports.push({ specifier: source.value, names: specifiers.map(({ local }) => nameOf(local)) });
      }
    },
    TSAsExpression({ typeAnnotation, range }) {
      const isConst = typeAnnotation.type === "TSTypeReference" &&
        typeAnnotation.typeName.type === "Identifier" &&
        typeAnnotation.typeName.name === "const";
      if (!isConst) casts.push(file.text.slice(...range));
    },
    TSTypeAssertion({ range }) {
      casts.push(file.text.slice(...range));
    },
    TSAnyKeyword() {
      casts.push("any");
    },
    MemberExpression({ object, property }) {
      if (isHost(object)) globals.push(`${object.name}.${nameOf(property)}`);
    },
    VariableDeclarator({ id, init }) {
      // `const { args } = Deno` is a use of Deno.args as well.
      if (!isHost(init) || id.type !== "ObjectPattern") return;
      for (const property of id.properties) {
        if (property.type === "Property") globals.push(`${init.name}.${nameOf(property.key)}`);
      }
    },
    "FunctionDeclaration, FunctionExpression, ArrowFunctionExpression"() {
      hasCode = true;
    },
    Identifier({ name }) {
      identifiers.set(name, (identifiers.get(name) ?? 0) + 1);
    },
  };
  Deno.lint.runPlugin({ name: "facts", rules: { facts: { create: () => visitor } } }, file.path, file.text);
  const hasModuleDoc = /^\s*\*\s*@module\b/m.test(file.text);
  return {
    path: file.path,
    imports,
    exports,
    declarations: [...declarations],
    casts,
    globals,
    hasCode,
    hasModuleDoc,
    identifiers,
  };
}

/**
 * Resolves a relative specifier.
 *
 * @param from Path of the importing file, or of a page with links.
 * @param specifier The specifier.
 * @returns Path from the root; `null` when the specifier is not relative.
 */
export function resolveRelative(from: string, specifier: string): string | null {
  if (!/^\.\.?\//.test(specifier)) return null;
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}
