// Loads a package of types into TypeScript's checker.
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

export class NotUnderstood extends Error {}

/** The program of a package, which has no errors, and its entry. */
export function load(folder) {
    const { version, typings = 'dist/index.d.ts' } = manifest(join(folder, 'package.json'));
    const entry = join(folder, typings);
    const program = ts.createProgram([entry], {
        strict: true,
        noEmit: true,
        types: [],
        target: ts.ScriptTarget.ESNext,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext
    });
    diagnose(folder, program);
    return { version, program, entry };
}

/** The name of a file, relative to the package. */
export function fileOf(folder, source) {
    return relative(folder, source.fileName).split(sep).join('/');
}

function manifest(file) {
    try {
        return JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
        throw new NotUnderstood(`${file}: ${error.message}`);
    }
}

// The types of Node are not installed. A key of the type Buffer, as 0.71.10 has two, does no harm: the checker's type of it is the
// unresolved one, which shape() refuses where it meets it. A Buffer in any other place could vanish.
const buffer = /^\s*(readonly )?\w+\??: Buffer( \| null)?;\s*$/;

// Refuses declarations with errors: the checker goes on without what it could not read, so that it would pass as unchanged.
function diagnose(folder, program) {
    const files = program.getSourceFiles().filter((file) => !program.isSourceFileDefaultLibrary(file));
    const errors = [
        ...program.getOptionsDiagnostics(),
        ...program.getGlobalDiagnostics(),
        ...files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    ].filter(({ code, file, start }) => {
        const line = file && file.getLineAndCharacterOfPosition(start).line;
        return !(code === 2591 && buffer.test(file.text.split('\n')[line]));
    });
    if (errors.length > 0) {
        const { file, start, code, messageText } = errors[0];
        const at = file ? `${fileOf(folder, file)}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : '';
        const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
        throw new NotUnderstood(`${at}${ts.flattenDiagnosticMessageText(messageText, ' ')} TS${code}${more}`);
    }
}
