package natsconfig

// WriteFor writes the configuration for other users than the tables'.
var WriteFor = write
