;; Speaks UTF-16, and hands back a header whose name is half a character: U+D800 alone.
;; strings: utf16
(module
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 4096))
  ;; Memory for what the hub hands in: the next bytes, and nothing is ever given back.
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "switchboard:plugin/webhook@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (result i32)
    ;; At 64: ok, status 200, no headers, no body, no events.
    (i32.store16 (i32.const 72) (i32.const 200))
    (i32.store (i32.const 76) (i32.const 256))
    (i32.store (i32.const 80) (i32.const 1))
    (i32.store (i32.const 256) (i32.const 512))
    (i32.store (i32.const 260) (i32.const 1))
    (i32.store16 (i32.const 512) (i32.const 0xd800))
    (i32.const 64)))
