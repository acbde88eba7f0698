;; Hands back a body of 32 MiB.
(module
  (memory (export "memory") 600)
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
    (i32.store (i32.const 84) (i32.const 0))
    (i32.store (i32.const 88) (i32.const 33554432))
    (i32.const 64)))
