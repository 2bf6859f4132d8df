module transcribe

go 1.18
