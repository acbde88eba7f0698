;; Has the hub put the request beyond its memory.
(module
  (memory (export "memory") 4)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const -16))
  (func (export "switchboard:plugin/webhook@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (result i32)
    (i32.const 64)))
