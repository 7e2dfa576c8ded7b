// Reads what the package @nangohq/types declares about Nango's public API, and writes it to standard output as one JSON
// document, the type declared in declared.go. TypeScript's checker resolves the types, so that aliases, generics, Omit, Pick and
// Merge need no rules here.
//
//	node declared.mjs <folder of the package>
//
// The package typescript has to be installed beside this file. A declaration that is not understood ends the program with the
// status 2 and a sentence, since what is not read would pass as unchanged.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { NotUnderstood, fileOf, load } from './program.mjs';

export function declared(folder) {
    const { version, program, entry } = load(resolve(folder));
    const reader = new Reader(resolve(folder), program, entry);
    const codes = reader.codes(reader.typeNamed('ResDefaultErrors'));
    const common = new Set(codes);
    const scopes = ['API_KEY_SCOPES', 'ACCOUNT_API_KEY_SCOPES'];
    return {
        release: version,
        endpoints: members(reader.typeNamed('PublicApiEndpoints')).map((type) => reader.endpoint(type, common)),
        webhooks: reader.webhooks(),
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

const nothing = ts.TypeFlags.Never | ts.TypeFlags.Undefined;

// The longest chain of keys in 0.71.10 has 11. A generic type that grows with each level never meets itself.
const deepest = 30;

// What an Endpoint takes. The parameters are in the path too; an audit is no part of the JSON.
const parameters = ['Method', 'Path', 'Params', 'Querystring', 'Headers', 'Body', 'Success', 'Error', 'Audit'];

class Reader {
    constructor(folder, program, entry) {
        this.folder = folder;
        this.program = program;
        this.checker = this.program.getTypeChecker();
        const source = program.getSourceFile(entry);
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

    /** Where a symbol is declared: the declaration that it is in, the file, relative to the package, and the line. */
    at(symbol) {
        const declaration = symbol?.declarations?.[0];
        if (!declaration) {
            return '';
        }
        const source = declaration.getSourceFile();
        const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
        let named = declaration;
        while (named && !(ts.isInterfaceDeclaration(named) || ts.isTypeAliasDeclaration(named) || ts.isVariableDeclaration(named))) {
            named = named.parent;
        }
        return `${named ? `${named.name.text}, ` : ''}${fileOf(this.folder, source)}:${line + 1}`;
    }

    /** Where a type is declared. What Omit and Merge make is in no place of its own: their declarations are in other packages. */
    place(type) {
        return [type.aliasSymbol, type.symbol].map((symbol) => this.at(symbol)).find((at) => at !== '' && !/(^|, )(\.\.\/\.\.|\/)/.test(at));
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
        return members(errors).filter(({ flags }) => !(flags & nothing)).flatMap((error) => {
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
        const made = (type.isIntersection() ? type.types : [type]).find(({ symbol }) => symbol?.name === 'Endpoint');
        const taken = made && this.checker.getTypeArguments(made)[0];
        if (!taken) {
            throw new NotUnderstood(`${name} is no Endpoint<…>`);
        }
        const part = (key) => {
            const found = this.property(type, key);
            if (!found) {
                throw new NotUnderstood(`the endpoint ${name} has no ${key}`);
            }
            // Endpoint makes never of a part that can be absent.
            return found.flags & ts.TypeFlags.Never ? (this.property(taken, key) ?? found) : found;
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
                const { absent, ...shape } = this.shape(type, [name, field]);
                if (absent && key !== 'body') {
                    shape.objects?.forEach(({ keys }) => Object.values(keys).forEach((value) => (value.optional = true)));
                }
                if (shape.kinds.length > 0) {
                    read[key] = shape;
                }
            }
        }
        const unknown = this.checker.getPropertiesOfType(taken).map((symbol) => symbol.name).filter((key) => !parameters.includes(key));
        if (unknown.length > 0) {
            read.unknown = unknown;
        }
        const own = this.property(taken, 'Error');
        const codes = [part('Errors'), ...(own ? [own] : [])].flatMap((errors) => this.codes(errors));
        read.codes = [...new Set(codes)].filter((code) => !common.has(code));
        return read;
    }

    /** The webhooks of WebhookTypes, and those that only a body names: the two lists need not agree. */
    webhooks() {
        const named = this.texts(this.typeNamed('WebhookTypes')).map((type) => {
            const name = `Nango${type.replace(/(^|_)(\w)/g, (_, __, letter) => letter.toUpperCase())}WebhookBody`;
            return { type, at: this.at(this.named(name)), body: this.shape(this.typeNamed(name), [name]) };
        });
        const bodies = [...this.exported.keys()].filter((name) => /^Nango\w*WebhookBody$/.test(name));
        const others = bodies.flatMap((name) => members(this.typeNamed(name)).flatMap((body) => {
            const type = this.property(body, 'type');
            if (!type) {
                throw new NotUnderstood(`${name} has no type`);
            }
            return this.texts(type).map((text) => ({ type: text, unlisted: true, at: this.at(this.named(name)), body: this.shape(body, [name]) }));
        }));
        const known = new Set(named.map(({ type }) => type));
        return [...named, ...others.filter(({ type }) => !known.has(type) && known.add(type))];
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
        const at = this.place(type);
        const object = { ...(at && { at }), keys: {} };
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
        const others = this.checker.getIndexInfosOfType(type).filter((index) => !(index.type.flags & ts.TypeFlags.Never));
        if (others.length > 0) {
            object.others = this.shapeOf(others.flatMap((index) => members(index.type)), [...path, '{}']);
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
