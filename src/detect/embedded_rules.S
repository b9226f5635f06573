/* The rule blob made by compile_rules_tool, in read-only data. */
    .section .rodata
    .balign 64
    .global assay_rules_begin
    .hidden assay_rules_begin
assay_rules_begin:
    .incbin ASSAY_RULE_BLOB
    .global assay_rules_end
    .hidden assay_rules_end
assay_rules_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
