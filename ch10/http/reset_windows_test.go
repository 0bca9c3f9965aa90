package http

// Windows says "forcibly closed". Under wine a read finds only the end of the
// stream, and what is wrong then is what came before.
const resetError = ""
