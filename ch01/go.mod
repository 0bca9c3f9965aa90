module ch01

go 1.26.0
