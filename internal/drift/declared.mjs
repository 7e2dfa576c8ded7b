// Reads what the package @nangohq/types declares about Nango's public API, and writes it to standard output as one JSON
// document, the type declared in declared.go. TypeScript's checker resolves the types, so that aliases, generics, Omit, Pick and
// Merge need no rules here.
//
//	node declared.mjs <folder of the package>
//
// The package typescript has to be installed beside this file. A declaration that is not understood ends the program with the
// status 2 and a sentence, since what is not read would pass as unchanged.
import { readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export class NotUnderstood extends Error {}

export function declared(folder) {
    const { version, typings } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const reader = new Reader(resolve(folder), typings);
    const codes = reader.codes(reader.typeNamed('ResDefaultErrors'));
    const common = new Set(codes);
    const scopes = ['API_KEY_SCOPES', 'ACCOUNT_API_KEY_SCOPES'];
    return {
        release: version,
        endpoints: members(reader.typeNamed('PublicApiEndpoints')).map((type) => reader.endpoint(type, common)),
        webhooks: reader.texts(reader.typeNamed('WebhookTypes')).map((type) => {
            const name = `Nango${type.replace(/(^|_)(\w)/g, (_, __, letter) => letter.toUpperCase())}WebhookBody`;
            return { type, at: reader.at(reader.named(name)), body: reader.shape(reader.typeNamed(name), [name]) };
        }),
        scopes: {
            at: reader.at(reader.named(scopes[0])),
            values: scopes.flatMap((name) => reader.tuple(name))
        },
        authModes: { at: reader.at(reader.named('AuthModeType')), values: reader.texts(reader.typeNamed('AuthModeType')) },
        codes: { at: reader.at(reader.named('ResDefaultErrors')), values: codes }
    };
}

/** The text of a declared(), a line for each endpoint and webhook. */
export function print(read) {
    const lines = (list) => `[\n${list.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
    const parts = Object.entries(read).map(([key, value]) => `"${key}": ${Array.isArray(value) ? lines(value) : JSON.stringify(value)}`);
    return `{\n${parts.join(',\n')}\n}\n`;
}

function members(type) {
    return type.isUnion() ? type.types : [type];
}

// The longest chain of keys in 0.71.10 has 11. A generic type that grows with each level never meets itself.
const deepest = 30;

class Reader {
    constructor(folder, typings = 'dist/index.d.ts') {
        const entry = join(folder, typings);
        this.folder = folder;
        this.program = ts.createProgram([entry], {
            strict: true,
            noEmit: true,
            types: [],
            target: ts.ScriptTarget.ESNext,
            module: ts.ModuleKind.NodeNext,
            moduleResolution: ts.ModuleResolutionKind.NodeNext
        });
        this.checker = this.program.getTypeChecker();
        const source = this.program.getSourceFile(entry);
        const module = source && this.checker.getSymbolAtLocation(source);
        if (!module) {
            throw new NotUnderstood(`${entry} is no module`);
        }
        this.exported = new Map(this.checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
        this.open = []; // the types being read: one can hold itself
    }

    named(name) {
        const symbol = this.exported.get(name);
        if (!symbol) {
            throw new NotUnderstood(`the package exports no ${name}`);
        }
        return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    }

    typeNamed(name) {
        return this.checker.getDeclaredTypeOfSymbol(this.named(name));
    }

    /** The texts of a constant such as `readonly ['a', 'b']`. */
    tuple(name) {
        const type = this.checker.getTypeOfSymbol(this.named(name));
        if (!this.checker.isTupleType(type)) {
            throw new NotUnderstood(`${name} is no tuple`);
        }
        return this.checker.getTypeArguments(type).flatMap((element) => this.texts(element));
    }

    /** Where a symbol is declared: the file, relative to the package, and the line. */
    at(symbol) {
        const declaration = symbol?.declarations?.[0];
        if (!declaration) {
            return '';
        }
        const file = declaration.getSourceFile();
        const { line } = file.getLineAndCharacterOfPosition(declaration.getStart());
        return `${relative(this.folder, file.fileName).split(sep).join('/')}:${line + 1}`;
    }

    property(type, name) {
        const symbol = this.checker.getPropertyOfType(type, name);
        return symbol && this.checker.getTypeOfSymbol(symbol);
    }

    /** The texts of a union such as 'a' | 'b'. */
    texts(type) {
        return members(type).map((member) => {
            if (!member.isStringLiteral()) {
                throw new NotUnderstood(`${this.checker.typeToString(type)} is no union of texts`);
            }
            return member.value;
        });
    }

    /** The codes of a union of ApiError. */
    codes(errors) {
        return members(errors).flatMap((error) => {
            const body = this.property(error, 'error');
            const code = body && this.property(body, 'code');
            if (!code) {
                throw new NotUnderstood(`${this.checker.typeToString(error)} has no error.code`);
            }
            return this.texts(code);
        });
    }

    endpoint(type, common) {
        const name = type.aliasSymbol?.name ?? this.checker.typeToString(type);
        const part = (key) => {
            const found = this.property(type, key);
            if (!found) {
                throw new NotUnderstood(`the endpoint ${name} has no ${key}`);
            }
            return found;
        };
        const [method, path] = ['Method', 'Path'].map((key) => {
            const values = this.texts(part(key));
            if (values.length !== 1) {
                throw new NotUnderstood(`the endpoint ${name} has ${values.length} values of ${key}`);
            }
            return values[0];
        });
        const read = { method, path, name, at: this.at(type.aliasSymbol) };
        const parts = { query: 'Querystring', headers: 'Headers', body: 'Body', success: 'Success' };
        for (const [key, field] of Object.entries(parts)) {
            const type = part(field);
            if (!(type.flags & ts.TypeFlags.Never)) {
                read[key] = this.shape(type, [name, field]);
            }
        }
        read.codes = this.codes(part('Errors')).filter((code) => !common.has(code));
        return read;
    }

    /** The shape of a type's JSON. */
    shape(type, path) {
        return this.shapeOf(members(type), path);
    }

    shapeOf(types, path) {
        const shape = { kinds: [] };
        const arrays = [];
        for (const type of types) {
            this.add(shape, arrays, type, path);
        }
        if (arrays.length > 0) {
            const elements = arrays.flatMap((array) => members(this.checker.getIndexTypeOfType(array, ts.IndexKind.Number)));
            shape.items = this.inside(arrays, path, () => this.shapeOf(elements, [...path, '[]']));
        }
        if (shape.enum?.includes(true) && shape.enum.includes(false)) {
            shape.enum = shape.enum.filter((value) => typeof value !== 'boolean');
        }
        if (shape.open || shape.enum?.length === 0) {
            delete shape.enum;
        }
        delete shape.open;
        shape.kinds.sort();
        return shape;
    }

    /** Adds a type that is no union to a shape, but for the elements of an array. */
    add(shape, arrays, type, path) {
        const { flags } = type;
        const kind = (name) => {
            if (!shape.kinds.includes(name)) {
                shape.kinds.push(name);
            }
        };
        const literal = (name, value) => {
            kind(name);
            (shape.enum ??= []).push(value);
        };
        if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) {
            if (type.intrinsicName !== 'any' && type.intrinsicName !== 'unknown') {
                throw new NotUnderstood(`${path.join('.')}: its type is not resolved`);
            }
            kind('any');
        } else if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) {
            shape.absent = true;
        } else if (flags & ts.TypeFlags.Null) {
            kind('null');
        } else if (type.isStringLiteral()) {
            literal('string', type.value);
        } else if (type.isNumberLiteral()) {
            literal('number', type.value);
        } else if (flags & ts.TypeFlags.BooleanLiteral) {
            literal('boolean', type.intrinsicName === 'true');
        } else if (flags & ts.TypeFlags.StringLike) {
            kind('string');
            shape.open = true;
        } else if (flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike)) {
            kind(flags & ts.TypeFlags.NumberLike ? 'number' : 'boolean');
            shape.open = true;
        } else if (this.isText(type)) {
            kind('string');
            shape.open = true;
        } else if (this.open.includes(type)) {
            kind('any');
        } else if (this.checker.isArrayLikeType(type)) {
            kind('array');
            arrays.push(type);
        } else if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection | ts.TypeFlags.NonPrimitive)) {
            kind('object');
            (shape.objects ??= []).push(this.inside([type], path, () => this.object(type, path)));
        } else if (!(flags & ts.TypeFlags.Never)) {
            throw new NotUnderstood(`${path.join('.')}: ${this.checker.typeToString(type)}`);
        }
    }

    /** Whether JSON.stringify writes values of a type as a text. */
    isText(type) {
        const symbol = type.getSymbol();
        return symbol?.name === 'Date' && this.program.isSourceFileDefaultLibrary(symbol.declarations[0].getSourceFile());
    }

    /** Reads what is in types, and knows them again there. */
    inside(types, path, read) {
        if (path.length > deepest) {
            throw new NotUnderstood(`${path.join('.')}: more than ${deepest} levels`);
        }
        const before = this.open;
        this.open = [...before, ...types];
        const found = read();
        this.open = before;
        return found;
    }

    object(type, path) {
        const object = { keys: {} };
        for (const symbol of this.checker.getPropertiesOfType(type)) {
            const declared = this.checker.getTypeOfSymbol(symbol);
            if (declared.getCallSignatures().length > 0) {
                continue;
            }
            const shape = this.shape(declared, [...path, symbol.name]);
            const optional = Boolean(symbol.flags & ts.SymbolFlags.Optional) || shape.absent === true;
            delete shape.absent;
            object.keys[symbol.name] = { ...(optional && { optional }), at: this.at(symbol), ...shape };
        }
        const index = this.checker.getIndexInfosOfType(type)[0];
        if (index && !(index.type.flags & ts.TypeFlags.Never)) {
            object.others = this.shape(index.type, [...path, '{}']);
        }
        return object;
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    try {
        process.stdout.write(print(declared(process.argv[2] ?? '.')));
    } catch (error) {
        console.error(error instanceof NotUnderstood ? `declared.mjs does not understand the declarations: ${error.message}` : error);
        console.error('Nothing was compared.');
        process.exitCode = 2;
    }
}
