"""No file breaks a reader: bad files made by code, mutated good files, and the process that reads them.

bad_midi, bad_abc, bad_musicxml, bad_audio    tables of files, and what must happen with each
mutation, good_files                          what the fuzzing starts from, and how it damages it
worker                                        reads a file under limits, in a process of its own
verdict                                       what may come out: a correct result, or words that help
"""
