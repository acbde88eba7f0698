;; Asks for 512 MiB before it does anything.
(module
  (memory (export "memory") 8192)
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
    (i32.const 64)))
