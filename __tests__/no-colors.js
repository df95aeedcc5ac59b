// Jest sets this in its workers if it runs in a terminal. Commands that tests start would print
// colors.
delete process.env.FORCE_COLOR;
