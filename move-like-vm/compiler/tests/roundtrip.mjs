// Decodes binaries with @mysten/move-bytecode-template, encodes them again and compares the bytes.
//
//   node roundtrip.mjs FILE...
//
// Looks for the package beside this file and in the folder that MOVE_BYTECODE_TEMPLATE names (that
// with the node_modules). Exit codes: 0 all the same, 1 a difference, 3 the package is not installed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const PACKAGE = '@mysten/move-bytecode-template';

function load() {
    const folders = [process.env.MOVE_BYTECODE_TEMPLATE, import.meta.dirname].filter(Boolean);
    for (const folder of folders) {
        try {
            return createRequire(join(folder, 'here.js'))(PACKAGE);
        } catch (error) {
            if (error.code !== 'MODULE_NOT_FOUND') throw error;
        }
    }
    console.log(`${PACKAGE} is not installed`);
    process.exit(3);
}

const template = load();
const files = process.argv.slice(2);
let different = 0;
for (const file of files) {
    const bytes = readFileSync(file);
    try {
        const again = Buffer.from(template.serialize(template.deserialize(bytes)));
        if (!again.equals(bytes)) {
            console.log(`${file}: other bytes come out`);
            different += 1;
        }
    } catch (error) {
        console.log(`${file}: ${error}`);
        different += 1;
    }
}
if (different > 0) process.exit(1);
console.log(`${files.length} files are the same`);
